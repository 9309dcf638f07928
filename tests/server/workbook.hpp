// Workbooks for tests: real ones, and parts put together by hand for those no program would write.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "shared/base/bytes.hpp"

namespace doudi::test {

struct Part {
  std::string name;
  std::string content;
};
// A zip of these parts.
Bytes zip_of(const std::vector<Part>& parts);
// A workbook with one sheet of this XML.
Bytes workbook_of(const std::string& sheet_xml, const std::string& shared_strings_xml = "");
// Rows written by a real spreadsheet library; a cell that begins with '#' is stored as a figure.
Bytes spreadsheet(const std::vector<std::vector<std::string>>& rows, const std::string& file);

}  // namespace doudi::test
