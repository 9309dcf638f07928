// A spreadsheet as text: RFC 4180 rows ending in CR LF, in UTF-8 with a byte order mark as Excel saves it, or
// in GBK.
#pragma once

#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>

namespace doudi::sample {

// GBK is written through its superset GB 18030, so that a rare character stays what it is.
enum class Encoding { utf8_with_mark, gbk };

class CsvWriter {
 public:
  CsvWriter(const std::filesystem::path& path, Encoding encoding);
  CsvWriter(const CsvWriter&) = delete;
  CsvWriter& operator=(const CsvWriter&) = delete;
  ~CsvWriter();

  void row(std::span<const std::string> cells);
  // The number of the last row written, counted from 1.
  [[nodiscard]] int line() const { return line_; }
  // False when anything could not be written.
  [[nodiscard]] bool finish();

 private:
  void write(std::string_view text);

  std::ofstream file_;
  void* converter_ = nullptr;
  int line_ = 0;
  bool good_ = true;
  std::string text_;
};

}  // namespace doudi::sample
