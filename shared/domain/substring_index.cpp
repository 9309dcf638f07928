#include "shared/domain/substring_index.hpp"

#include <algorithm>

#include "shared/domain/name_index.hpp"

namespace doudi::domain {
namespace {

constexpr std::uint64_t kZeroCharacter = 0x100;  // no character has these bytes; 0 is "none"

std::uint64_t packed(std::string_view point) {
  std::uint64_t bytes = 0;
  for (const char c : point) bytes = (bytes << 8U) | static_cast<unsigned char>(c);
  return bytes == 0 ? kZeroCharacter : bytes;
}

std::vector<std::uint64_t> packed_points(std::string_view text) {
  std::vector<std::uint64_t> points;
  points.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = code_point_length(text.substr(at));
    points.push_back(packed(text.substr(at, length)));
    at += length;
  }
  return points;
}

// A malformed byte stands alone, and no character of one byte has its value.
bool is_well_formed(const std::vector<std::uint64_t>& points) {
  return std::none_of(points.begin(), points.end(),
                      [](std::uint64_t point) { return point >= 0x80U && point < kZeroCharacter; });
}

std::uint64_t pair_at(const std::vector<std::uint64_t>& points, std::size_t at) {
  return points[at] << 32U | (at + 1 < points.size() ? points[at + 1] : 0U);
}

}  // namespace

void SubstringIndex::add(std::uint32_t slot, std::string_view text) {
  const std::vector<std::uint64_t> points = packed_points(text);
  for (std::size_t at = 0; at < points.size(); ++at) {
    Slots& slots = pairs_[pair_at(points, at)];
    if (slots.empty() || slots.back() != slot) slots.push_back(slot);
  }
}

void SubstringIndex::remove(std::uint32_t slot, std::string_view text) {
  const std::vector<std::uint64_t> points = packed_points(text);
  for (std::size_t at = 0; at < points.size(); ++at) {
    const auto found = pairs_.find(pair_at(points, at));
    if (found == pairs_.end()) continue;
    std::erase(found->second, slot);
    if (found->second.empty()) pairs_.erase(found);
  }
}

std::optional<std::vector<std::uint32_t>> SubstringIndex::candidates(std::string_view wanted) const {
  const std::vector<std::uint64_t> points = packed_points(wanted);
  if (points.empty() || !is_well_formed(points)) return std::nullopt;
  if (points.size() == 1) return beginning_with(points[0] << 32U);
  const Slots* rarest = nullptr;
  for (std::size_t at = 0; at + 1 < points.size(); ++at) {
    const auto found = pairs_.find(pair_at(points, at));
    if (found == pairs_.end()) return Slots{};
    if (rarest == nullptr || found->second.size() < rarest->size()) rarest = &found->second;
  }
  return *rarest;
}

SubstringIndex::Slots SubstringIndex::beginning_with(std::uint64_t first) const {
  Slots all;
  const auto end = pairs_.upper_bound(first | 0xFFFFFFFFU);
  for (auto pair = pairs_.lower_bound(first); pair != end; ++pair)
    all.insert(all.end(), pair->second.begin(), pair->second.end());
  return all;
}

}  // namespace doudi::domain
