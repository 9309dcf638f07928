#include "shared/domain/masking.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "shared/domain/name_index.hpp"

namespace doudi::domain {
namespace {

constexpr std::string_view kMinorityDot = "\xC2\xB7";

// Keeps `head` and `tail` code points; a text too short for that keeps nothing but its ends' share.
std::string keep_ends(std::string_view text, std::size_t head, std::size_t tail) {
  const std::vector<std::string> points = code_points(text);
  if (points.size() <= head + tail) {
    head = std::min<std::size_t>(points.empty() ? 0 : 1, head);
    tail = points.size() > 2 && tail > 0 ? 1 : 0;
  }
  std::string masked;
  for (std::size_t i = 0; i < points.size(); ++i) {
    masked += i < head || i + tail >= points.size() ? points[i] : "*";
  }
  return masked;
}

bool is_dot(std::string_view point) {
  return normalize_name_dots(point) == kMinorityDot;
}

bool is_district_end(std::string_view point) {
  return point == "区" || point == "县" || point == "市" || point == "旗";
}

}  // namespace

Result<MaskLevel> parse_mask_level(std::string_view text) {
  if (text == "full" || text == "none") return MaskLevel::full;
  if (text == "staff") return MaskLevel::staff;
  if (text == "strict") return MaskLevel::strict;
  if (text == "notice" || text == "public") return MaskLevel::notice;
  return Error{"unknown_level", "a mask has the level full, staff, strict or notice"};
}

Result<MaskKind> parse_mask_kind(std::string_view text) {
  if (text == "identity_number" || text == "id_number") return MaskKind::identity_number;
  if (text == "name") return MaskKind::name;
  if (text == "phone") return MaskKind::phone;
  if (text == "address") return MaskKind::address;
  return Error{"unknown_kind", "a mask is for an identity_number, a name, a phone or an address"};
}

std::string mask(MaskKind kind, MaskLevel level, std::string_view text) {
  switch (kind) {
    case MaskKind::identity_number:
      return mask_identity_number(text, level);
    case MaskKind::name:
      return mask_name(text, level);
    case MaskKind::phone:
      return mask_phone(text, level);
    case MaskKind::address:
      return mask_address(text, level);
  }
  return {};
}

std::string mask_identity_number(std::string_view number, MaskLevel level) {
  // An old number ends in three digits after the birth day; of a text that is no number the end is not shown.
  const std::size_t length = code_point_count(number);
  const bool is_number = length == 18 || length == 15;
  switch (level) {
    case MaskLevel::full:
      return std::string(number);
    case MaskLevel::staff:
      return is_number ? keep_ends(number, 6, length == 18 ? 4 : 3) : keep_ends(number, 1, 0);
    case MaskLevel::strict:
      return keep_ends(number, 1, is_number ? 1 : 0);
    case MaskLevel::notice:
      return {};
  }
  return {};
}

std::string mask_name(std::string_view name, MaskLevel level) {
  // A public notice names the person and nothing else (2.11).
  if (level == MaskLevel::full || level == MaskLevel::notice) return std::string(name);
  const std::vector<std::string> points = code_points(name);
  const bool doubled = level == MaskLevel::staff && points.size() > 2 && starts_with_double_surname(name);
  const std::size_t kept = doubled ? 2 : 1;
  std::string masked;
  for (std::size_t i = 0; i < points.size(); ++i) masked += i < kept || is_dot(points[i]) ? points[i] : "*";
  return masked;
}

std::string mask_phone(std::string_view phone, MaskLevel level) {
  switch (level) {
    case MaskLevel::full:
      return std::string(phone);
    case MaskLevel::staff:
      return code_point_count(phone) >= 11 ? keep_ends(phone, 3, 4) : keep_ends(phone, 1, 2);
    case MaskLevel::strict:
      return keep_ends(phone, 1, 1);
    case MaskLevel::notice:
      return {};
  }
  return {};
}

std::string mask_address(std::string_view address, MaskLevel level) {
  if (level == MaskLevel::full) return std::string(address);
  if (level == MaskLevel::notice) return {};
  // Down to the district: the last 区, 县, 市 or 旗 among the first twelve characters.
  const std::vector<std::string> points = code_points(address);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < points.size() && i < 12; ++i) {
    if (is_district_end(points[i])) kept = i + 1;
  }
  std::string masked;
  for (std::size_t i = 0; i < kept; ++i) masked += points[i];
  return points.size() > kept ? masked + "****" : masked;
}

}  // namespace doudi::domain
