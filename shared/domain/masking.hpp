// What staff, strangers and a public notice may see of a name or number (domain.md 2.11). Counts code points,
// so a rare character of four bytes stays whole.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "shared/base/result.hpp"

namespace doudi::domain {

enum class MaskLevel : std::uint8_t { full, staff, strict, notice };
enum class MaskKind : std::uint8_t { identity_number, name, phone, address };
Result<MaskLevel> parse_mask_level(std::string_view text);
Result<MaskKind> parse_mask_kind(std::string_view text);

std::string mask(MaskKind kind, MaskLevel level, std::string_view text);
std::string mask_identity_number(std::string_view number, MaskLevel level);
std::string mask_name(std::string_view name, MaskLevel level);
std::string mask_phone(std::string_view phone, MaskLevel level);
std::string mask_address(std::string_view address, MaskLevel level);

// A birth date beside a number masked 6+4 gives the number back: then only the age may be shown.
constexpr bool may_show_birth_date(MaskLevel identity_level) {
  return identity_level == MaskLevel::full;
}

}  // namespace doudi::domain
