// 公民身份号码 (GB 11643-1999, domain.md 2.1): normalise what people type and paste, check it, read birth and
// sex. It proves no person exists and is never a person's key.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/instant.hpp"
#include "shared/base/result.hpp"

namespace doudi::domain {

enum class IdentityVerdict : std::uint8_t { valid, bad_check, bad_date, bad_format };
enum class Sex : std::uint8_t { unknown = 0, male = 1, female = 2 };
std::string_view to_string(IdentityVerdict verdict);
std::string_view to_string(Sex sex);

struct IdentityNumber {
  std::string normalized;  // 18 characters, upper-case X; for bad_format what was left after cleaning
  IdentityVerdict verdict = IdentityVerdict::bad_format;
  std::optional<CivilDate> birth_date;
  Sex sex = Sex::unknown;
  bool was_15_digits = false;
  char expected_check = 0;            // for bad_check
  std::vector<std::string> warnings;  // "region_unknown", "older_than_130", "from_15_digits", "number_lost"
};

// `today` bounds birth dates: a birth in the future is a bad date.
IdentityNumber check_identity_number(std::string_view text, CivilDate today);
// Full-width and spaced input becomes plain; 15 digits become 18; nothing is judged.
std::string normalize_identity_number(std::string_view text);
char identity_check_character(std::string_view first17);

struct DisabilityCertificate {
  std::string identity_number;
  int kind = 0;   // 1 视力 2 听力 3 言语 4 肢体 5 智力 6 精神 7 多重
  int level = 0;  // 1 gravest … 4
};
// 18 + type + level (20 characters), a re-issue may add B and a digit.
Result<DisabilityCertificate> parse_disability_certificate(std::string_view text);

}  // namespace doudi::domain
