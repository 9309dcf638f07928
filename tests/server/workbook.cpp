#include "tests/server/workbook.hpp"

#include <xlsxwriter.h>
#include <zip.h>

#include <catch2/catch_test_macros.hpp>

#include "tests/support/temp_directory.hpp"

namespace doudi::test {
namespace {

constexpr const char* kWorkbook =
    R"(<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="隐藏" sheetId="2" state="hidden" r:id="rId9"/><sheet name="名单" sheetId="1" r:id="rId1"/></sheets></workbook>)";
constexpr const char* kRelations =
    R"(<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="/xl/sharedStrings.xml"/></Relationships>)";
constexpr const char* kNoRelations =
    R"(<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>)";

}  // namespace

Bytes zip_of(const std::vector<Part>& parts) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* memory = zip_source_buffer_create(nullptr, 0, 0, &error);
  REQUIRE(memory != nullptr);
  zip_source_keep(memory);
  zip_t* archive = zip_open_from_source(memory, ZIP_CREATE | ZIP_TRUNCATE, &error);
  REQUIRE(archive != nullptr);
  for (const Part& part : parts) {
    zip_source_t* source = zip_source_buffer(archive, part.content.data(), part.content.size(), 0);
    REQUIRE(zip_file_add(archive, part.name.c_str(), source, ZIP_FL_ENC_UTF_8) >= 0);
  }
  REQUIRE(zip_close(archive) == 0);
  Bytes bytes;
  REQUIRE(zip_source_open(memory) == 0);
  zip_source_seek(memory, 0, SEEK_END);
  bytes.resize(static_cast<std::size_t>(zip_source_tell(memory)));
  zip_source_seek(memory, 0, SEEK_SET);
  REQUIRE(zip_source_read(memory, bytes.data(), bytes.size()) == static_cast<zip_int64_t>(bytes.size()));
  zip_source_close(memory);
  zip_source_free(memory);
  zip_error_fini(&error);
  return bytes;
}

Bytes workbook_of(const std::string& sheet_xml, const std::string& shared_strings_xml) {
  std::vector<Part> parts{
      {"xl/workbook.xml", kWorkbook},
      {"xl/_rels/workbook.xml.rels", shared_strings_xml.empty() ? kNoRelations : kRelations},
      {"xl/worksheets/sheet1.xml", sheet_xml}};
  if (!shared_strings_xml.empty()) parts.push_back({"xl/sharedStrings.xml", shared_strings_xml});
  return zip_of(parts);
}

Bytes spreadsheet(const std::vector<std::vector<std::string>>& rows, const std::string& file) {
  lxw_workbook* workbook = workbook_new(file.c_str());
  lxw_worksheet* sheet = workbook_add_worksheet(workbook, "名单");
  for (std::size_t y = 0; y < rows.size(); ++y) {
    for (std::size_t x = 0; x < rows[y].size(); ++x) {
      const auto row = static_cast<lxw_row_t>(y);
      const auto column = static_cast<lxw_col_t>(x);
      const std::string& cell = rows[y][x];
      if (cell.starts_with('#')) {
        worksheet_write_number(sheet, row, column, std::stod(cell.substr(1)), nullptr);
      } else {
        worksheet_write_string(sheet, row, column, cell.c_str(), nullptr);
      }
    }
  }
  REQUIRE(workbook_close(workbook) == LXW_NO_ERROR);
  return to_bytes(as_bytes(read_file(file)));
}

}  // namespace doudi::test
