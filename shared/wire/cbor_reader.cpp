#include "shared/wire/cbor_reader.hpp"

#include <vector>

#include "shared/sync/column_check.hpp"

namespace doudi::wire {
namespace {

constexpr unsigned kNatural = 0;
constexpr unsigned kNegative = 1;
constexpr unsigned kBlob = 2;
constexpr unsigned kText = 3;
constexpr unsigned kArray = 4;
constexpr unsigned kMap = 5;
constexpr unsigned kSimple = 7;
constexpr std::uint64_t kFalse = 20;
constexpr std::uint64_t kTrue = 21;
constexpr std::uint64_t kNull = 22;
constexpr std::uint64_t kIntegerMax = INT64_MAX;

bool sorted(std::string_view before, std::string_view key) {
  return before.size() != key.size() ? before.size() < key.size() : before < key;
}

}  // namespace

void CborReader::fail(std::string_view why) {
  if (good()) fault_ = why;
  rest_ = {};
}

Status CborReader::finish() {
  if (good() && !rest_.empty()) fail("bytes are left over");
  if (good()) return {};
  return Error{"wire.message", "the message was refused: " + fault_};
}

CborReader::Head CborReader::head() {
  const ByteView lead = take(1);
  if (lead.empty()) return {};
  const unsigned major = lead[0] >> 5U;
  const unsigned low = lead[0] & 31U;
  if (low < 24) return {major, low};
  if (low > 27 || major == kSimple) return fail("a form that is not used here"), Head{};
  const unsigned width = low - 24;
  std::uint64_t number = 0;
  for (const std::uint8_t byte : take(std::uint64_t{1} << width)) number = (number << 8U) | byte;
  const std::uint64_t least = width == 0 ? 24 : std::uint64_t{1} << (4U << width);
  if (good() && number < least) fail("a number longer than needed");
  return {major, number};
}

ByteView CborReader::take(std::uint64_t count) {
  if (count > rest_.size()) return fail("it ends too early"), ByteView{};
  const ByteView taken = rest_.first(static_cast<std::size_t>(count));
  rest_ = rest_.subspan(static_cast<std::size_t>(count));
  return taken;
}

std::size_t CborReader::open(unsigned major) {
  const Head found = head();
  ++depth_;
  if (!good()) return 0;
  const std::uint64_t bytes_per_item = major == kMap ? 2 : 1;
  if (found.major != major) fail("another kind of value was expected");
  if (depth_ > kDepthMax) fail("it is nested too deeply");
  if (found.number > rest_.size() / bytes_per_item) fail("it ends too early");
  return good() ? static_cast<std::size_t>(found.number) : 0;
}

std::string_view CborReader::next_key(std::string_view before, bool first) {
  const Head found = head();
  if (good() && found.major != kText) fail("a key is not text");
  const std::string_view key = good() ? as_text(take(found.number)) : std::string_view{};
  if (good() && !sync::is_utf8(key)) fail("text is not UTF-8");
  if (good() && !first && !sorted(before, key)) fail("keys are out of order");
  return key;
}

std::uint64_t CborReader::natural(std::uint64_t max) {
  const Head found = head();
  if (good() && (found.major != kNatural || found.number > max)) fail("a number is out of range");
  return good() ? found.number : 0;
}

std::int64_t CborReader::integer() {
  const Head found = head();
  if (good() && (found.major > kNegative || found.number > kIntegerMax)) fail("a number is out of range");
  if (!good()) return 0;
  const auto number = static_cast<std::int64_t>(found.number);
  return found.major == kNatural ? number : -1 - number;
}

bool CborReader::boolean() {
  const Head found = head();
  if (good() && (found.major != kSimple || (found.number != kTrue && found.number != kFalse)))
    fail("yes or no was expected");
  return good() && found.number == kTrue;
}

std::string CborReader::text(std::size_t bytes_max) {
  const Head found = head();
  if (good() && (found.major != kText || found.number > bytes_max)) fail("a text does not fit");
  const ByteView taken = good() ? take(found.number) : ByteView{};
  if (!sync::is_utf8(as_text(taken))) return fail("text is not UTF-8"), std::string();
  return std::string(as_text(taken));
}

Bytes CborReader::blob(std::size_t bytes_max) {
  const Head found = head();
  if (good() && (found.major != kBlob || found.number > bytes_max)) fail("a byte string does not fit");
  return good() ? to_bytes(take(found.number)) : Bytes{};
}

Value CborReader::value() {
  const ByteView at = rest_;
  const Head found = head();
  if (!good()) return {};
  if (found.major == kSimple && found.number == kNull) return {};
  rest_ = at;
  if (found.major <= kNegative) return integer();
  if (found.major == kText) return text(SIZE_MAX);
  if (found.major == kBlob) return blob(SIZE_MAX);
  return fail("another kind of value was expected"), Value{};
}

std::size_t CborReader::array(std::size_t items_max) {
  const std::size_t items = open(kArray);
  if (items > items_max) fail("a list is too long");
  return good() ? items : 0;
}

void CborReader::skip() {
  // Open containers, each with the number of values it still holds; the depth limit bounds this list.
  std::vector<std::uint64_t> left{1};
  while (!left.empty() && good()) {
    if (left.back() == 0) {
      left.pop_back();
      continue;
    }
    --left.back();
    const Head found = head();
    if (found.major == kText || found.major == kBlob) {
      const std::string_view taken = as_text(take(found.number));
      if (found.major == kText && !sync::is_utf8(taken)) fail("text is not UTF-8");
    } else if (found.major == kArray || found.major == kMap) {
      if (found.number > rest_.size()) fail("it ends too early");
      if (depth_ + static_cast<int>(left.size()) > kDepthMax) fail("it is nested too deeply");
      left.push_back(found.major == kMap ? found.number * 2 : found.number);
    } else if (found.major == kSimple ? (found.number < kFalse || found.number > kNull)
                                      : found.major > kNegative) {
      fail("a form that is not used here");
    }
  }
}

}  // namespace doudi::wire
