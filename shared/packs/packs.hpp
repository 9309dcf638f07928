// Reads what a district may edit in a plain text file with comments: policy packs, calendars, forms, name
// readings. Everything is checked at load; a refusal names the file, the path inside it and the reason.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/domain/form.hpp"
#include "shared/domain/name_index.hpp"
#include "shared/domain/policy.hpp"
#include "shared/domain/work_calendar.hpp"

namespace doudi::packs {

inline constexpr std::size_t kFileBytesMax = 1U << 20;
inline constexpr std::size_t kFilesMax = 500;

// Codes: "packs.missing", "packs.too_large", "packs.syntax", "packs.unknown_key", "packs.type",
// "packs.range", "packs.contradiction", "packs.duplicate". Messages: "FILE: /path/inside: reason".
Result<domain::PolicyPack> parse_policy(std::string_view text, const std::string& file);
Result<std::vector<domain::CalendarYear>> parse_calendar(std::string_view text, const std::string& file);
Result<domain::FormDefinition> parse_form(std::string_view text, const std::string& file);

// `id` is the file name without its ending: DIR/dongli-2020.jsonc.
Result<domain::PolicyPack> load_policy(const std::filesystem::path& directory, const std::string& id);
Result<std::vector<domain::PolicyPack>> load_policies(const std::filesystem::path& directory);
// Every version of every year in the folder, sorted by year and version.
Result<std::vector<domain::CalendarYear>> load_calendars(const std::filesystem::path& directory);
Result<domain::FormDefinition> load_form(const std::filesystem::path& directory, const std::string& id);
Result<std::vector<domain::FormDefinition>> load_forms(const std::filesystem::path& directory);
// The form as plain JSON (comments removed), already checked: for web pages.
Result<std::string> form_json(const std::filesystem::path& directory, const std::string& id);
// The pack as plain JSON, already checked: for web pages and the store.
Result<std::string> policy_json(const std::filesystem::path& directory, const std::string& id);

// Pinyin readings: surname readings from a data file before what transliteration says.
class NameReader {
 public:
  NameReader();
  ~NameReader();
  NameReader(NameReader&&) noexcept;
  NameReader& operator=(NameReader&&) noexcept;
  // schema/names/surname_readings.jsonc
  static Result<NameReader> load(const std::filesystem::path& file);
  [[nodiscard]] domain::Readings readings(std::string_view name) const;
  [[nodiscard]] domain::NameKey key(std::string_view name, std::string_view id_tail = {}) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

// Where a program finds its shared data: `<directory of the program>/../share/doudi`.
std::filesystem::path share_directory(const std::filesystem::path& program);

}  // namespace doudi::packs
