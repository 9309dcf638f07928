#include "shared/domain/identity_number.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "shared/domain/name_index.hpp"
#include "shared/domain/population.hpp"

namespace doudi::domain {
namespace {

constexpr std::array<int, 17> kWeights{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
constexpr std::string_view kCheckCharacters = "10X98765432";
constexpr int kAgeDoubtful = 130;
// First two digits of GB/T 2260; 81-83 are the residence permits of 港澳台.
constexpr std::array<int, 35> kRegions{11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43,
                                       44, 45, 46, 50, 51, 52, 53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 83};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_digit);
}

int number_of(std::string_view digits) {
  int number = 0;
  for (const char c : digits) number = number * 10 + (c - '0');
  return number;
}

// Spaces of any width, zero-width marks and the apostrophes a spreadsheet adds.
bool is_dropped(std::string_view point) {
  static constexpr std::array<std::string_view, 16> kDropped{" ",
                                                             "\t",
                                                             "\r",
                                                             "\n",
                                                             "'",
                                                             "\xE2\x80\x98",
                                                             "\xE2\x80\x99",
                                                             "\xEF\xBC\x87",
                                                             "\xC2\xA0",
                                                             "\xE3\x80\x80",
                                                             "\xE2\x80\x8B",
                                                             "\xE2\x80\x8C",
                                                             "\xE2\x80\x8D",
                                                             "\xEF\xBB\xBF",
                                                             "\xE2\x80\x82",
                                                             "\xE2\x80\x83"};
  return std::find(kDropped.begin(), kDropped.end(), point) != kDropped.end();
}

std::string cleaned_slowly(std::string_view text) {
  std::string clean;
  for (const std::string& point : code_points(text)) {
    if (is_dropped(point)) continue;
    const std::string plain = fold_name(point);
    clean += plain.empty() ? point : plain;  // a dot stays: it is no part of a number
  }
  return clean;
}

bool is_plain(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Cleaned text, not yet widened from 15 to 18. Plain letters and digits, which is nearly every number of a
// list, need only their case folded.
std::string cleaned(std::string_view text) {
  std::string clean;
  if (std::all_of(text.begin(), text.end(), is_plain)) {
    clean = text;
  } else {
    clean = cleaned_slowly(text);
  }
  std::transform(clean.begin(), clean.end(), clean.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return clean;
}

// 9.90101E+17: a spreadsheet kept the number as a floating value and lost its last digits.
bool looks_like_spreadsheet_number(std::string_view text) {
  const std::size_t mark = text.find("E+");
  return mark != std::string_view::npos && mark > 0 && mark + 2 < text.size() &&
         all_digits(text.substr(mark + 2)) && is_digit(text.front());
}

std::string widened(std::string clean) {
  if (clean.size() != 15 || !all_digits(clean)) return clean;
  clean.insert(6, "19");
  clean += identity_check_character(clean);
  return clean;
}

bool has_format(std::string_view text) {
  return text.size() == 18 && all_digits(text.substr(0, 17)) && (is_digit(text[17]) || text[17] == 'X');
}

void judge(IdentityNumber& number, CivilDate today) {
  const std::string_view text = number.normalized;
  number.sex = (text[16] - '0') % 2 == 1 ? Sex::male : Sex::female;
  number.birth_date =
      civil_date(number_of(text.substr(6, 4)), static_cast<unsigned>(number_of(text.substr(10, 2))),
                 static_cast<unsigned>(number_of(text.substr(12, 2))));
  if (number.birth_date && (*number.birth_date > today || number_of(text.substr(6, 4)) < 1800))
    number.birth_date.reset();
  const char expected = identity_check_character(text.substr(0, 17));
  if (expected != text[17]) number.expected_check = expected;
  if (!number.birth_date) {
    number.verdict = IdentityVerdict::bad_date;
  } else {
    number.verdict = expected == text[17] ? IdentityVerdict::valid : IdentityVerdict::bad_check;
    if (age_on(*number.birth_date, today) > kAgeDoubtful) number.warnings.emplace_back("older_than_130");
  }
  if (std::find(kRegions.begin(), kRegions.end(), number_of(text.substr(0, 2))) == kRegions.end()) {
    number.warnings.emplace_back("region_unknown");
  }
}

}  // namespace

std::string_view to_string(IdentityVerdict verdict) {
  switch (verdict) {
    case IdentityVerdict::valid:
      return "valid";
    case IdentityVerdict::bad_check:
      return "bad_check";
    case IdentityVerdict::bad_date:
      return "bad_date";
    case IdentityVerdict::bad_format:
      return "bad_format";
  }
  return {};
}

std::string_view to_string(Sex sex) {
  switch (sex) {
    case Sex::unknown:
      return "unknown";
    case Sex::male:
      return "male";
    case Sex::female:
      return "female";
  }
  return {};
}

char identity_check_character(std::string_view first17) {
  ensure(first17.size() == kWeights.size() && all_digits(first17), "17 digits before the check character");
  int sum = 0;
  for (std::size_t i = 0; i < kWeights.size(); ++i) sum += (first17[i] - '0') * kWeights[i];
  return kCheckCharacters[static_cast<std::size_t>(sum % 11)];
}

std::string normalize_identity_number(std::string_view text) {
  return widened(cleaned(text));
}

IdentityNumber check_identity_number(std::string_view text, CivilDate today) {
  IdentityNumber number;
  const std::string clean = cleaned(text);
  number.was_15_digits = clean.size() == 15 && all_digits(clean);
  number.normalized = widened(clean);
  if (looks_like_spreadsheet_number(clean)) number.warnings.emplace_back("number_lost");
  if (!has_format(number.normalized)) return number;
  if (number.was_15_digits) number.warnings.emplace_back("from_15_digits");
  judge(number, today);
  return number;
}

Result<DisabilityCertificate> parse_disability_certificate(std::string_view text) {
  const std::string clean = cleaned(text);
  const bool reissued = clean.size() == 22 && clean[20] == 'B' && is_digit(clean[21]);
  if (clean.size() != 20 && !reissued)
    return Error{"bad_format", "a disability certificate has 20 characters"};
  DisabilityCertificate certificate;
  certificate.identity_number = clean.substr(0, 18);
  if (!has_format(certificate.identity_number) || !is_digit(clean[18]) || !is_digit(clean[19])) {
    return Error{"bad_format", "a disability certificate is an identity number, a type and a level"};
  }
  certificate.kind = clean[18] - '0';
  certificate.level = clean[19] - '0';
  if (certificate.kind < 1 || certificate.kind > 7)
    return Error{"bad_kind", "types of disability are 1 to 7"};
  if (certificate.level < 1 || certificate.level > 4)
    return Error{"bad_level", "levels of disability are 1 to 4"};
  return certificate;
}

}  // namespace doudi::domain
