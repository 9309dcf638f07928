# The story of the product, step by step, by the real programs; tools/run --demo sources this file and its helpers.
# shellcheck shell=bash disable=SC2154

step_number=0
step() {
  step_number=$((step_number + 1))
  printf '\n%d. %s\n' "$step_number" "$*"
}
told() { printf '   %s\n' "$*"; }

# A request of the signed-in reviewer: METHOD PATH [JSON].
console() {
  local words=(-sS --fail-with-body --cacert "$district/ca.pem" -b "$story/cookies" -c "$story/cookies" -X "$1")
  [ -z "${csrf:-}" ] || words+=(-H "x-doudi-csrf: $csrf")
  [ -z "${3:-}" ] || words+=(-H 'content-type: application/json' -d "$3")
  curl "${words[@]}" "$server_url$2"
}

end_story() {
  local status=$?
  [ -z "${listener_pid:-}" ] || kill "$listener_pid" 2>/dev/null || true
  stop_all
  if [ "$status" -eq 0 ]; then
    rm -rf "$story"
  else
    printf '\nThe story stopped early; its files are kept in %s\n' "$story" >&2
  fi
}

prepare_story() {
  mkdir -p .doudi
  story=$(mktemp -d "$PWD/.doudi/demo-XXXXXX")
  district=$story/district
  tablet=$story/tablet
  trap end_story EXIT
  trap 'exit 130' INT TERM
  step 'A district is created and a sample roster imported (faulty rows are listed, not guessed).'
  create_district
  step 'The district server starts, a tablet is enrolled with a one-use code.'
  start_server 0
  enroll_tablet
  told "server: $server_url"
}

visit_without_network() {
  step 'The grid worker sees who is due today.'
  local due
  due=$(field due)
  head -n 8 <<<"$due"
  step 'The network is gone: the server is stopped.'
  stop_server
  step 'The worker visits 张桂兰, 81, who lives alone and has no food (V02 = none).'
  local household visit
  household=$(field search 张桂兰 --json | json household name 张桂兰)
  visit=$(field visit --household "$household" --met self --answer V02=none --leaflet --json)
  told "the tablet made a lead at once: $(json category <<<"$visit"), grade $(json grade <<<"$visit"), due $(json due_at <<<"$visit")"
  told "duty phone to call: $(sed -n 2p "$story/sample/grids.csv" | cut -d, -f7)"
  local state
  state=$(field status --json)
  told "unsent: $(json unsent <<<"$state"), because: $(json reason <<<"$state")"
  [ "$(json unsent <<<"$state")" -ge 1 ]
}

lead_arrives() {
  step 'The network comes back; the reviewer has the console open.'
  start_server "$server_port"
  local session
  session=$(console POST /v1/session "{\"login\":\"$reviewer\",\"password\":\"$sample_password\"}")
  csrf=$(json csrf <<<"$session")
  curl -sSN --cacert "$district/ca.pem" -b "$story/cookies" -D "$story/events.head" "$server_url/v1/events" \
    >"$story/events" 2>/dev/null &
  listener_pid=$!
  first_line "$story/events.head" 'HTTP/' "$listener_pid" >/dev/null || fail 'the console could not listen for events'
  field sync
  first_line "$story/events" 'event: *alert' "$listener_pid" >/dev/null || fail 'no alert reached the console'
  kill "$listener_pid" 2>/dev/null || true
  listener_pid=
  told 'alert in the console: the lead arrived'
  [ "$(field status --json | json unsent)" = 0 ]
}

lead_is_accepted() {
  step 'The reviewer accepts the lead; the ledger entry gets its number.'
  local duty lead entry
  duty=$(console GET /v1/duty)
  lead=$(json lead_id <<<"$duty")
  entry=$(console POST "/v1/leads/$lead/accept" '{"grade":1}')
  entry_no=$(json entry_no <<<"$entry")
  told "entry $entry_no"
  duty=$(console GET /v1/duty)
  told "found    $(json found_at <<<"$duty")"
  told "received $(json received_at <<<"$duty")"
  told "accepted $(json accepted_at <<<"$duty")"
  told "due      $(json due_at <<<"$duty")"
  step 'The tablet shows the answer of the district.'
  field sync
  [ "$(field leads --json | json entry_no)" = "$entry_no" ]
  told "$(field leads --json | json state_text) $entry_no"
}

nothing_lost() {
  step 'The server is killed (SIGKILL) and started again: nothing is lost, nothing doubled.'
  kill -KILL "$server_pid"
  wait "$server_pid" 2>/dev/null || true
  start_server "$server_port"
  field sync
  local entries
  entries=$(server ledger list --json | { grep -oE "\"entry_no\": *\"$entry_no\"" || true; } | wc -l)
  told "entries in the ledger: $entries"
  [ "$entries" = 1 ] || fail 'the ledger does not hold the entry exactly once'
  field verify
  stop_server
  server verify
}

play_story() {
  prepare_story
  visit_without_network
  lead_arrives
  lead_is_accepted
  nothing_lost
  printf '\nThe story is told: a visit recorded without a network is entry %s of the district ledger.\n' "$entry_no"
}
