// Canonical CBOR: one form per value, and a reader that refuses every other form before it allocates.
#include <catch2/catch_test_macros.hpp>

#include "shared/wire/cbor_reader.hpp"
#include "shared/wire/cbor_writer.hpp"

namespace doudi::wire {
namespace {

Bytes hex(std::string_view text) {
  return from_hex(text).value();
}

Bytes written(const Value& value) {
  CborWriter writer;
  writer.value(value);
  return writer.take();
}

bool reads(const Bytes& bytes) {
  CborReader reader(bytes);
  reader.value();
  return reader.finish().ok();
}

bool skips(const Bytes& bytes) {
  CborReader reader(bytes);
  reader.skip();
  return reader.finish().ok();
}

TEST_CASE("numbers take the shortest form of RFC 8949, appendix A") {
  const std::pair<std::int64_t, std::string_view> answers[] = {{0, "00"},
                                                               {23, "17"},
                                                               {24, "1818"},
                                                               {255, "18ff"},
                                                               {256, "190100"},
                                                               {65'535, "19ffff"},
                                                               {65'536, "1a00010000"},
                                                               {1'000'000'000'000, "1b000000e8d4a51000"},
                                                               {-1, "20"},
                                                               {-24, "37"},
                                                               {-25, "3818"},
                                                               {-1000, "3903e7"},
                                                               {INT64_MAX, "1b7fffffffffffffff"},
                                                               {INT64_MIN, "3b7fffffffffffffff"}};
  for (const auto& [number, bytes] : answers) {
    INFO(number);
    CHECK(to_hex(written(number)) == bytes);
    const Bytes kept = written(number);
    CborReader reader(kept);
    CHECK(reader.integer() == number);
    CHECK(reader.finish().ok());
  }
}

TEST_CASE("a value comes out as it went in") {
  for (const Value& value :
       {Value{}, Value{std::string("兜底")}, Value{std::string()}, Value{Bytes{0, 255}}, Value{Bytes{}}}) {
    const Bytes bytes = written(value);
    CborReader reader(bytes);
    CHECK(reader.value() == value);
    CHECK(reader.finish().ok());
  }
}

TEST_CASE("numbers longer than needed are refused") {
  for (const char* text : {"1817", "1900ff", "1a0000ffff", "1b00000000ffffffff", "3817", "7800", "5800"}) {
    INFO(text);
    CHECK_FALSE(reads(hex(text)));
    CHECK_FALSE(skips(hex(text)));
  }
}

TEST_CASE("forms that are not used are refused") {
  // Floats, tags, undefined, indefinite lengths, a break, reserved additional information.
  for (const char* text : {"f90000", "fa00000000", "fb0000000000000000", "c000", "f7", "5fff", "7fff", "9fff",
                           "bfff", "ff", "1c", "f818"}) {
    INFO(text);
    CHECK_FALSE(reads(hex(text)));
    CHECK_FALSE(skips(hex(text)));
  }
}

TEST_CASE("a number outside 64 bits with a sign is refused where one is read") {
  CHECK_FALSE(reads(hex("1b8000000000000000")));
  CHECK_FALSE(reads(hex("3b8000000000000000")));
}

TEST_CASE("a length that is not there is refused before anything is allocated") {
  for (const char* text : {"5bffffffffffffffff", "7bffffffffffffffff", "9bffffffffffffffff",
                           "bbffffffffffffffff", "5a7fffffff", "62c3"}) {
    INFO(text);
    CHECK_FALSE(skips(hex(text)));
    const Bytes bytes = hex(text);
    CborReader list(bytes);
    CHECK(list.array(SIZE_MAX) == 0);
    CHECK_FALSE(list.good());
  }
}

TEST_CASE("text that is not UTF-8 is refused, read or skipped") {
  CHECK_FALSE(reads(hex("61ff")));
  CHECK_FALSE(skips(hex("61ff")));
  CHECK_FALSE(skips(hex("62c080")));
}

TEST_CASE("nesting beyond the limit is refused without recursion") {
  Bytes deepest(static_cast<std::size_t>(kDepthMax) - 1, 0x81);
  deepest.push_back(0);
  CHECK(skips(deepest));
  Bytes deep(1'000'000, 0x81);
  deep.push_back(0);
  CHECK_FALSE(skips(deep));
}

std::size_t known_keys(const Bytes& bytes, bool& good) {
  CborReader reader(bytes);
  const std::size_t known = reader.map([&](std::string_view key) {
    if (key != "a" && key != "bb") return false;
    reader.integer();
    return true;
  });
  good = reader.finish().ok();
  return known;
}

TEST_CASE("an unknown key is skipped with whatever it holds") {
  bool good = false;
  // {"a": 1, "c": [{"x": null}, h'00'], "bb": 2}
  CHECK(known_keys(hex("a3616101616382a16178f6410062626202"), good) == 2);
  CHECK(good);
}

TEST_CASE("keys twice or out of order are refused") {
  bool good = true;
  known_keys(hex("a2616101616102"), good);
  CHECK_FALSE(good);
  known_keys(hex("a262626201616102"), good);
  CHECK_FALSE(good);
}

TEST_CASE("a key that is not text is refused") {
  bool good = true;
  known_keys(hex("a10101"), good);
  CHECK_FALSE(good);
}

TEST_CASE("bytes left over are refused") {
  CHECK_FALSE(reads(hex("0000")));
}

TEST_CASE("after the first fault everything reads as empty") {
  const Bytes bytes = hex("f7616101");
  CborReader reader(bytes);
  CHECK(reader.integer() == 0);
  CHECK(reader.text(10).empty());
  CHECK(is_null(reader.value()));
  CHECK(reader.array(10) == 0);
  CHECK_FALSE(reader.boolean());
  CHECK(reader.finish().error().code == "wire.message");
}

}  // namespace
}  // namespace doudi::wire
