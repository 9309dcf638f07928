// Digests: additive, sensitive to every column, deaf to what is deleted or not there yet.
#include "shared/sync/digest.hpp"

#include <catch2/catch_test_macros.hpp>

#include "shared/crypto/crypto.hpp"
#include "tests/unit/sync/rows.hpp"

namespace doudi::sync {
namespace {

using test::blob;
using test::every_rule;
using test::number;
using test::row;
using test::text;

Digest digest(const RowState& state) {
  return row_digest(state, crypto::sha256);
}

TEST_CASE("adding and taking away digests carries between the halves") {
  const Digest one{0, 1};
  const Digest full{0, UINT64_MAX};
  CHECK(full + one == Digest{1, 0});
  CHECK(Digest{1, 0} - one == full);
  CHECK(Digest{} - one == Digest{UINT64_MAX, UINT64_MAX});
  CHECK(Digest{UINT64_MAX, UINT64_MAX} + one == Digest{});
}

TEST_CASE("the digest of a scope does not depend on the order of its rows") {
  const Table table = every_rule();
  const Digest a = digest(row(table, {{"door", text("101")}}, 1));
  const Digest b = digest(row(table, {{"door", text("101")}}, 2));
  const Digest c = digest(row(table, {{"door", text("102")}}, 3));
  CHECK(a + b + c == c + b + a);
  CHECK(a + b + c - b == a + c);
  CHECK(a != b);
}

TEST_CASE("every column, the name of the row and the type of a value change the digest") {
  const Table table = every_rule();
  const Digest base = digest(row(table, {{"door", text("1")}}));
  CHECK(digest(row(table, {{"door", text("2")}})) != base);
  CHECK(digest(row(table, {{"door", number(1)}})) != base);
  CHECK(digest(row(table, {{"note", text("1")}})) != base);
  CHECK(digest(row(table, {{"door", text("1")}}, 2)) != base);
  RowState other = row(table, {{"door", text("1")}});
  other.table = "another";
  CHECK(digest(other) != base);
}

TEST_CASE("a deleted row counts as nothing") {
  RowState state = row(every_rule(), {{"door", text("1")}});
  state.deleted = true;
  CHECK(digest(state) == Digest{});
}

TEST_CASE("a column added by a newer schema changes no digest until it holds something") {
  RowState state = row(every_rule(), {{"door", text("1")}});
  const Digest before = digest(state);
  state.columns.emplace_back("added_later", Value{});
  CHECK(digest(state) == before);
  state.columns.back().second = number(0);
  CHECK(digest(state) != before);
}

TEST_CASE("the text of a digest goes both ways") {
  const Digest value{0x0123456789abcdefU, 0xfedcba9876543210U};
  CHECK(to_text(value) == "0123456789abcdeffedcba9876543210");
  CHECK(parse_digest(to_text(value)) == value);
  for (const std::string_view wrong :
       {"", "0123", "0123456789abcdeffedcba987654321", "g123456789abcdeffedcba9876543210"}) {
    CHECK(parse_digest(wrong) == std::nullopt);
  }
}

}  // namespace
}  // namespace doudi::sync
