// See the header.
#include "tools/sample_district/csv_writer.hpp"

#include <iconv.h>

namespace doudi::sample {
namespace {

void append_cell(std::string& line, std::string_view cell) {
  if (cell.find_first_of(",\"\r\n") == std::string_view::npos) {
    line.append(cell);
    return;
  }
  line.push_back('"');
  for (const char c : cell) {
    if (c == '"') line.push_back('"');
    line.push_back(c);
  }
  line.push_back('"');
}

iconv_t open_converter() {
  return ::iconv_open("GB18030", "UTF-8");
}

}  // namespace

CsvWriter::CsvWriter(const std::filesystem::path& path, Encoding encoding)
    : file_(path, std::ios::binary | std::ios::trunc) {
  good_ = file_.is_open();
  if (encoding == Encoding::gbk) {
    converter_ = open_converter();
    good_ = good_ && converter_ != reinterpret_cast<iconv_t>(-1);
  } else {
    file_ << "\xEF\xBB\xBF";
  }
}

CsvWriter::~CsvWriter() {
  if (converter_ != nullptr && converter_ != reinterpret_cast<iconv_t>(-1)) ::iconv_close(converter_);
}

void CsvWriter::row(std::span<const std::string> cells) {
  text_.clear();
  for (const std::string& cell : cells) {
    if (&cell != cells.data()) text_.push_back(',');
    append_cell(text_, cell);
  }
  text_.append("\r\n");
  ++line_;
  write(text_);
}

void CsvWriter::write(std::string_view text) {
  if (!good_) return;
  if (converter_ == nullptr) {
    file_ << text;
    return;
  }
  std::string source(text);
  std::string target(2 * source.size() + 8, '\0');
  char* in = source.data();
  char* out = target.data();
  std::size_t in_left = source.size();
  std::size_t out_left = target.size();
  good_ = ::iconv(converter_, &in, &in_left, &out, &out_left) != static_cast<std::size_t>(-1);
  file_.write(target.data(), static_cast<std::streamsize>(target.size() - out_left));
}

bool CsvWriter::finish() {
  file_.close();
  return good_ && file_.good();
}

}  // namespace doudi::sample
