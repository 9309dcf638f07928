// What every import says afterwards, and how it is started. All or nothing: a faulty row stops the file,
// unless the caller asks to leave such rows out; then the good ones go in together.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "shared/base/result.hpp"

namespace doudi::district {

struct ImportFault {
  std::int64_t line = 0;
  std::string column;
  std::string reason;  // stable code: "bad_check", "unknown_grid", …
};

struct ImportReport {
  std::int64_t rows = 0;
  std::int64_t grids_added = 0, accounts_added = 0, households_added = 0, people_added = 0, tags_added = 0;
  std::int64_t changed = 0;
  std::int64_t unchanged = 0;
  bool imported = false;
  std::string encoding;
  std::vector<ImportFault> faults;
  std::map<std::string, std::int64_t> unknown_words;
  std::vector<std::string> unknown_columns;
};

struct ImportOptions {
  std::filesystem::path file;
  bool dry_run = false;
  bool skip_faulty = false;
  std::function<void(const std::string&)> progress = [](const std::string&) {};
};

inline constexpr std::size_t kImportBytesMax = 512U * 1024U * 1024U;

// Finds the columns of a header by their usual names.
class HeaderMap {
 public:
  struct Field {
    std::string name;
    std::vector<std::string> aliases;  // the first one is what faults call it
    bool required = false;
  };
  // "import.header" names what is missing.
  static Result<HeaderMap> match(const std::vector<std::string>& header, const std::vector<Field>& fields);
  // The normalised cell, empty when the column is not in the file.
  [[nodiscard]] std::string get(const std::vector<std::string>& cells, const std::string& field) const;
  [[nodiscard]] std::string label(const std::string& field) const;
  // Columns no field is known for.
  [[nodiscard]] const std::vector<std::string>& unknown() const { return unknown_; }

 private:
  struct Place {
    std::size_t index = 0;
    bool present = false;
    std::string label;
  };
  std::map<std::string, Place> places_;
  std::vector<std::string> unknown_;
};

}  // namespace doudi::district
