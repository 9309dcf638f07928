#include "shared/domain/register_rows.hpp"

#include <array>
#include <limits>

#include "shared/domain/identity_number.hpp"
#include "shared/domain/name_index.hpp"

namespace doudi::domain {
namespace {

constexpr std::int32_t kNoBirth = std::numeric_limits<std::int32_t>::min();
constexpr std::size_t kLengthBytes = 2;
constexpr std::size_t kParts = 3;
constexpr std::size_t kTextMax = 0xFFFF;
constexpr std::size_t kNumberDigits = 17;

// FNV-1a, with its bits stirred at the end so that sorting by it spreads well.
std::uint64_t hash_text(std::string_view text, std::uint64_t seed) {
  std::uint64_t hash = 0xCBF29CE484222325U ^ seed;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  hash ^= hash >> 31U;
  hash *= 0x9E3779B97F4A7C15U;
  return hash ^ (hash >> 29U);
}

std::strong_ordering order(std::string_view a, std::string_view b) {
  return a.compare(b) <=> 0;
}

}  // namespace

Result<RowIndex> RegisterRows::add(const RegisterRow& row, std::string_view written, const Facts& facts) {
  const std::array<std::string_view, kParts> parts{row.name, row.household, written};
  constexpr std::size_t kMost = std::numeric_limits<std::uint32_t>::max();
  std::size_t bytes = 0;
  for (const std::string_view part : parts) {
    if (part.size() > kTextMax) return Error{"compare.too_large", "A text of the list is too long."};
    bytes += part.size() + kLengthBytes;
  }
  if (texts_.size() + bytes > kMost || rows_.size() >= kMost || row.row < 0 ||
      row.row > static_cast<std::int64_t>(kMost))
    return Error{"compare.too_large", "The lists together are too large to compare."};
  Compact compact;
  compact.number = facts.number;
  compact.text = static_cast<std::uint32_t>(texts_.size());
  compact.birth = facts.birth ? facts.birth->days : kNoBirth;
  compact.row = static_cast<std::uint32_t>(row.row);
  compact.list = facts.list;
  if (facts.was_15_digits) compact.flags = kWas15Digits;
  for (const std::string_view part : parts) {
    texts_.push_back(static_cast<char>(part.size() & 0xFFU));
    texts_.push_back(static_cast<char>(part.size() >> 8U));
  }
  for (const std::string_view part : parts) texts_ += part;
  rows_.push_back(compact);
  return static_cast<RowIndex>(rows_.size() - 1);
}

std::string_view RegisterRows::text(RowIndex row, std::size_t part) const {
  const std::size_t start = rows_[row].text;
  const auto length = [&](std::size_t n) {
    const auto low = static_cast<unsigned char>(texts_[start + n * kLengthBytes]);
    const auto high = static_cast<unsigned char>(texts_[start + n * kLengthBytes + 1]);
    return static_cast<std::size_t>(low) | (static_cast<std::size_t>(high) << 8U);
  };
  std::size_t at = start + kParts * kLengthBytes;
  for (std::size_t n = 0; n < part; ++n) at += length(n);
  return std::string_view(texts_).substr(at, length(part));
}

std::string_view RegisterRows::name(RowIndex row) const {
  return text(row, 0);
}

std::string_view RegisterRows::household(RowIndex row) const {
  return text(row, 1);
}

std::string_view RegisterRows::written_number(RowIndex row) const {
  return text(row, 2);
}

std::optional<CivilDate> RegisterRows::birth(RowIndex row) const {
  const std::int32_t days = rows_[row].birth;
  return days == kNoBirth ? std::nullopt : std::optional(CivilDate{days});
}

std::string RegisterRows::full_number(RowIndex row) const {
  if (rows_[row].number == 0) return std::string(written_number(row));
  std::string digits = std::to_string(rows_[row].number);
  digits.insert(0, kNumberDigits - digits.size(), '0');
  return digits + identity_check_character(digits);
}

std::string RegisterRows::folded_name(RowIndex row) const {
  return fold_name(name(row));
}

bool RegisterRows::same_name(RowIndex a, RowIndex b) const {
  return name(a) == name(b) || folded_name(a) == folded_name(b);
}

std::strong_ordering RegisterRows::compare_people(RowIndex a, RowIndex b) const {
  if (const auto by = rows_[a].birth <=> rows_[b].birth; by != 0) return by;
  if (const auto by = order(folded_name(a), folded_name(b)); by != 0) return by;
  if (const auto by = rows_[a].number <=> rows_[b].number; by != 0) return by;
  if (const auto by = order(written_number(a), written_number(b)); by != 0) return by;
  return order(household(a), household(b));
}

std::uint64_t RegisterRows::namesake_hash(RowIndex row) const {
  return hash_text(folded_name(row), static_cast<std::uint32_t>(rows_[row].birth));
}

}  // namespace doudi::domain
