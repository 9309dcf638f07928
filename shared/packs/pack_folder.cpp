// The folders packs, calendars and forms live in.
#include <algorithm>
#include <fstream>
#include <sstream>
#include <tuple>
#include <utility>

#include "shared/packs/json_reader.hpp"
#include "shared/packs/packs.hpp"

namespace doudi::packs {
namespace {

namespace fs = std::filesystem;

Result<std::string> read_file(const fs::path& file) {
  std::error_code failure;
  const auto size = fs::file_size(file, failure);
  if (failure) return Error{"packs.missing", file.string() + ": cannot be read"};
  if (size > kFileBytesMax) return Error{"packs.too_large", file.string() + ": larger than 1 MiB"};
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream) return Error{"packs.missing", file.string() + ": cannot be read"};
  return text.str();
}

bool is_plain_id(const std::string& id) {
  return !id.empty() && id.size() <= 60 && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

Result<fs::path> file_of(const fs::path& directory, const std::string& id) {
  if (!is_plain_id(id)) return Error{"packs.missing", "not the id of a file: " + id};
  for (const char* ending : {".jsonc", ".json"}) {
    std::error_code failure;
    if (fs::path file = directory / (id + ending); fs::is_regular_file(file, failure)) return file;
  }
  return Error{"packs.missing", directory.string() + ": has no " + id + ".jsonc"};
}

Result<std::vector<fs::path>> files_of(const fs::path& directory) {
  std::error_code failure;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(directory, failure)) {
    const std::string ending = entry.path().extension().string();
    if (ending == ".jsonc" || ending == ".json") files.push_back(entry.path());
    if (files.size() > kFilesMax) return Error{"packs.too_large", directory.string() + ": too many files"};
  }
  if (failure) return Error{"packs.missing", directory.string() + ": cannot be read"};
  std::sort(files.begin(), files.end());
  return files;
}

template <class T>
Status check_name(const T& loaded, const fs::path& file) {
  if (loaded.id == file.stem().string()) return {};
  return Error{"packs.contradiction", file.string() + ": /id: differs from the name of the file"};
}

Result<domain::PolicyPack> policy_from(const fs::path& file) {
  DOUDI_ASSIGN(const std::string text, read_file(file));
  DOUDI_ASSIGN(domain::PolicyPack pack, parse_policy(text, file.string()));
  DOUDI_TRY(check_name(pack, file));
  return pack;
}

Result<domain::FormDefinition> form_from(const fs::path& file) {
  DOUDI_ASSIGN(const std::string text, read_file(file));
  DOUDI_ASSIGN(domain::FormDefinition form, parse_form(text, file.string()));
  DOUDI_TRY(check_name(form, file));
  return form;
}

Result<std::string> plain_json(const fs::path& file) {
  DOUDI_ASSIGN(const std::string text, read_file(file));
  DOUDI_ASSIGN(const Json json, parse_json(text, file.string()));
  return json.dump();
}

}  // namespace

Result<domain::PolicyPack> load_policy(const fs::path& directory, const std::string& id) {
  DOUDI_ASSIGN(const fs::path file, file_of(directory, id));
  return policy_from(file);
}

Result<std::vector<domain::PolicyPack>> load_policies(const fs::path& directory) {
  DOUDI_ASSIGN(const std::vector<fs::path> files, files_of(directory));
  std::vector<domain::PolicyPack> packs;
  for (const fs::path& file : files) {
    DOUDI_ASSIGN(domain::PolicyPack pack, policy_from(file));
    packs.push_back(std::move(pack));
  }
  return packs;
}

Result<std::vector<domain::CalendarYear>> load_calendars(const fs::path& directory) {
  DOUDI_ASSIGN(const std::vector<fs::path> files, files_of(directory));
  std::vector<domain::CalendarYear> years;
  const auto order = [](const domain::CalendarYear& a, const domain::CalendarYear& b) {
    return std::tie(a.year, a.division, a.version) < std::tie(b.year, b.division, b.version);
  };
  for (const fs::path& file : files) {
    DOUDI_ASSIGN(const std::string text, read_file(file));
    DOUDI_ASSIGN(std::vector<domain::CalendarYear> parsed, parse_calendar(text, file.string()));
    for (domain::CalendarYear& year : parsed) {
      const auto same = [&](const domain::CalendarYear& known) {
        return !order(known, year) && !order(year, known);
      };
      if (std::any_of(years.begin(), years.end(), same)) {
        return Error{"packs.duplicate", file.string() + ": /version: this year and version exist already"};
      }
      years.push_back(std::move(year));
    }
  }
  std::sort(years.begin(), years.end(), order);
  return years;
}

Result<domain::FormDefinition> load_form(const fs::path& directory, const std::string& id) {
  DOUDI_ASSIGN(const fs::path file, file_of(directory, id));
  return form_from(file);
}

Result<std::vector<domain::FormDefinition>> load_forms(const fs::path& directory) {
  DOUDI_ASSIGN(const std::vector<fs::path> files, files_of(directory));
  std::vector<domain::FormDefinition> forms;
  for (const fs::path& file : files) {
    DOUDI_ASSIGN(domain::FormDefinition form, form_from(file));
    forms.push_back(std::move(form));
  }
  return forms;
}

Result<std::string> form_json(const fs::path& directory, const std::string& id) {
  DOUDI_ASSIGN(const fs::path file, file_of(directory, id));
  DOUDI_ASSIGN([[maybe_unused]] const domain::FormDefinition checked, form_from(file));
  return plain_json(file);
}

Result<std::string> policy_json(const fs::path& directory, const std::string& id) {
  DOUDI_ASSIGN(const fs::path file, file_of(directory, id));
  DOUDI_ASSIGN([[maybe_unused]] const domain::PolicyPack checked, policy_from(file));
  return plain_json(file);
}

std::filesystem::path share_directory(const fs::path& program) {
  std::error_code failure;
  const fs::path real = fs::canonical(program, failure);
  return (failure ? program : real).parent_path().parent_path() / "share" / "doudi";
}

}  // namespace doudi::packs
