#!/usr/bin/env bash
# tools/setup finds the machine's own Debian archive in both forms of apt source, and nothing else.
set -euo pipefail

setup=$1
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
failures=0

# expect NAME SUITE WANTED: what the source files now in $root say about a suite.
expect() {
  local got
  got=$(DOUDI_APT_ROOT=$root "$setup" --source-of-suite "$2")
  [ "$got" = "$3" ] && return
  printf '%s: expected "%s", got "%s"\n' "$1" "$3" "$got"
  failures=$((failures + 1))
}
clear_sources() {
  rm -rf "${root:?}"/*
  mkdir -p "$root/sources.list.d"
}

clear_sources
cat >"$root/sources.list.d/debian.sources" <<'TEXT'
Types: deb deb-src
# a comment inside a stanza
URIs: http://archive.example/debian http://second.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/archive.gpg

Types: deb
URIs: http://archive.example/security
Suites: bookworm-security
Components: main
TEXT
expect 'a deb822 source with two suites and two addresses' bookworm 'http://archive.example/debian|/usr/share/keyrings/archive.gpg'
expect 'a stanza without a key' bookworm-security 'http://archive.example/security|'
expect 'a suite nobody lists' bookworm-backports ''

clear_sources
printf 'Types: deb-src\nURIs: http://a.example\nSuites: bookworm\n\nEnabled: no\nTypes: deb\nURIs: http://b.example\nSuites: bookworm\n' \
  >"$root/sources.list.d/off.sources"
expect 'sources only and disabled stanzas do not count' bookworm ''

clear_sources
cat >"$root/sources.list" <<'TEXT'
# deb http://commented.example bookworm main
deb-src http://source.example bookworm main
deb [arch=amd64 signed-by=/key.gpg] http://list.example/debian bookworm main contrib
deb http://list.example/debian bookworm-updates main
TEXT
expect 'a one-line source with options' bookworm 'http://list.example/debian|/key.gpg'
expect 'a one-line source without options' bookworm-updates 'http://list.example/debian|'

clear_sources
expect 'no sources at all' bookworm ''

[ "$failures" -eq 0 ] && echo '7 cases hold'
