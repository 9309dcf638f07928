// A workbook is written beside its place and renamed when it is complete.
#include "sync_server/service/spreadsheet_writer.hpp"

#include <fstream>

#include <xlsxwriter.h>

namespace doudi::district {
namespace {

constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";
constexpr std::string_view kFormulaStarts = "=+-@\t\r";
constexpr double kColumnWidth = 16;

std::string csv_cell(const std::string& cell) {
  std::string text = cell;
  if (!text.empty() && kFormulaStarts.find(text.front()) != std::string_view::npos) text.insert(0, 1, '\'');
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  for (auto at = text.find('"'); at != std::string::npos; at = text.find('"', at + 2))
    text.insert(at, 1, '"');
  return '"' + text + '"';
}

void append_line(std::string& text, const std::vector<std::string>& cells) {
  for (std::size_t i = 0; i < cells.size(); ++i) text += (i == 0 ? "" : ",") + csv_cell(cells[i]);
  text += "\r\n";
}

Status write_csv(const Sheet& sheet, const std::filesystem::path& file) {
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  stream << csv_of(sheet);
  stream.close();
  if (stream.fail()) return Error{"export.failed", "The file could not be written: is the disk full?"};
  return {};
}

void write_row(lxw_worksheet* sheet, lxw_row_t row, const std::vector<std::string>& cells,
               lxw_format* format) {
  for (std::size_t i = 0; i < cells.size(); ++i)
    worksheet_write_string(sheet, row, static_cast<lxw_col_t>(i), cells[i].c_str(), format);
}

Status write_workbook(const Sheet& sheet, const std::filesystem::path& file) {
  lxw_workbook_options options{};
  options.constant_memory = LXW_TRUE;
  lxw_workbook* book = workbook_new_opt(file.c_str(), &options);
  if (book == nullptr) return Error{"export.failed", "The workbook could not be made."};
  lxw_worksheet* page = workbook_add_worksheet(book, nullptr);
  lxw_format* strong = workbook_add_format(book);
  format_set_bold(strong);
  worksheet_set_column(page, 0, static_cast<lxw_col_t>(sheet.header.size()), kColumnWidth, nullptr);
  lxw_row_t row = 0;
  for (const std::string& title : sheet.title_rows) write_row(page, row++, {title}, strong);
  worksheet_freeze_panes(page, row + 1, 0);
  write_row(page, row++, sheet.header, strong);
  for (const auto& cells : sheet.rows) write_row(page, row++, cells, nullptr);
  if (workbook_close(book) != LXW_NO_ERROR)
    return Error{"export.failed", "The workbook could not be written: is the disk full?"};
  return {};
}

}  // namespace

std::string csv_of(const Sheet& sheet) {
  std::string text(kUtf8Mark);
  for (const std::string& title : sheet.title_rows) append_line(text, {title});
  append_line(text, sheet.header);
  for (const auto& cells : sheet.rows) append_line(text, cells);
  return text;
}

Status write_sheet(const Sheet& sheet, const std::filesystem::path& file) {
  const std::string ending = file.extension().string();
  if (ending != ".csv" && ending != ".xlsx")
    return Error{"export.format", "The file's name ends in .csv or .xlsx."};
  if (std::filesystem::exists(file))
    return Error{"export.exists", "There is such a file already: choose another name."};
  std::filesystem::path unfinished = file;
  unfinished += ".part";
  std::error_code fault;
  const Status written = ending == ".csv" ? write_csv(sheet, unfinished) : write_workbook(sheet, unfinished);
  if (!written.ok()) {
    std::filesystem::remove(unfinished, fault);
    return written;
  }
  std::filesystem::rename(unfinished, file, fault);
  if (fault) return Error{"export.failed", fault.message()};
  return {};
}

}  // namespace doudi::district
