// Tables as offices open them: CSV with the mark Excel needs for Chinese, or a workbook in which every cell
// is a text, so that no number loses its last digits and no cell is run as a formula.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "shared/base/result.hpp"

namespace doudi::district {

struct Sheet {
  std::vector<std::string> title_rows;  // above the header, one cell each
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
};

// UTF-8 with its mark; a cell that a program could take for a formula begins with an apostrophe.
std::string csv_of(const Sheet& sheet);
// Writes FILE as .csv or .xlsx by its ending: "export.format", "export.exists", "export.failed". The file is
// complete or not there.
Status write_sheet(const Sheet& sheet, const std::filesystem::path& file);

}  // namespace doudi::district
