// libzip unpacks in pieces and expat reads them as they come; neither follows anything outside of the file. A
// document type declaration, where entities are made, ends the reading.
#include "sync_server/service/spreadsheet_reader.hpp"

#include <expat.h>
#include <zip.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <memory>
#include <optional>

namespace doudi::district {
namespace {

constexpr std::size_t kPieceBytes = 64 * 1024;
constexpr std::int64_t kTokenBytesMax = 1 << 20;  // expat keeps an unfinished tag whole
constexpr int kDepthMax = 48;
constexpr zip_int64_t kEntriesMax = 20'000;
constexpr std::size_t kFigureDigitsMax = 15;  // what a spreadsheet's figure keeps exactly

Error bad_workbook(std::string what) {
  return {"import.spreadsheet", std::move(what)};
}

struct ArchiveClose {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
using Archive = std::unique_ptr<zip_t, ArchiveClose>;
struct EntryClose {
  void operator()(zip_file_t* entry) const { zip_fclose(entry); }
};
struct ParserFree {
  void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
};

Result<Archive> open_archive(ByteView content) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(content.data(), content.size(), 0, &error);
  zip_t* archive = source == nullptr ? nullptr : zip_open_from_source(source, ZIP_RDONLY, &error);
  if (archive == nullptr) zip_source_free(source);
  zip_error_fini(&error);
  if (archive == nullptr) return bad_workbook("The workbook is damaged or cut off.");
  Archive opened(archive);
  if (zip_get_num_entries(archive, 0) > kEntriesMax) return bad_workbook("The workbook has too many parts.");
  return opened;
}

// Without the name space: "row" of "…main|row".
std::string_view local_name(const XML_Char* name) {
  const std::string_view whole(name);
  const std::size_t bar = whole.rfind('|');
  return bar == std::string_view::npos ? whole : whole.substr(bar + 1);
}

// One part of the workbook, element by element.
class PartReader {
 public:
  virtual ~PartReader() = default;
  Status read(zip_t* archive, const std::string& part, const SheetLimits& limits);

 protected:
  using Attributes = std::map<std::string_view, std::string_view>;
  virtual void on_start(std::string_view name, const Attributes& attributes) = 0;
  virtual void on_end(std::string_view name) = 0;
  virtual void on_text(std::string_view text) = 0;
  void fail(Error error) {
    if (!error_) error_ = std::move(error);
    XML_StopParser(parser_, XML_FALSE);
  }
  void finish() {
    finished_ = true;
    XML_StopParser(parser_, XML_FALSE);
  }

 private:
  static void start(void* self, const XML_Char* name, const XML_Char** pairs);
  static void end(void* self, const XML_Char* name);
  static void text(void* self, const XML_Char* bytes, int length);
  static void doctype(void* self, const XML_Char*, const XML_Char*, const XML_Char*, int);
  Status feed(zip_file_t* entry, std::uint64_t packed, const SheetLimits& limits);

  XML_Parser parser_ = nullptr;
  std::optional<Error> error_;
  bool finished_ = false;
  int depth_ = 0;
};

void PartReader::start(void* self, const XML_Char* name, const XML_Char** pairs) {
  auto* reader = static_cast<PartReader*>(self);
  if (++reader->depth_ > kDepthMax) return reader->fail(bad_workbook("The workbook is nested too deeply."));
  Attributes attributes;
  for (; *pairs != nullptr; pairs += 2) attributes[local_name(pairs[0])] = pairs[1];
  reader->on_start(local_name(name), attributes);
}

void PartReader::end(void* self, const XML_Char* name) {
  auto* reader = static_cast<PartReader*>(self);
  --reader->depth_;
  reader->on_end(local_name(name));
}

void PartReader::text(void* self, const XML_Char* bytes, int length) {
  static_cast<PartReader*>(self)->on_text({bytes, static_cast<std::size_t>(length)});
}

void PartReader::doctype(void* self, const XML_Char*, const XML_Char*, const XML_Char*, int) {
  static_cast<PartReader*>(self)->fail(bad_workbook("The workbook declares entities, which no list needs."));
}

Status PartReader::read(zip_t* archive, const std::string& part, const SheetLimits& limits) {
  zip_stat_t facts;
  zip_stat_init(&facts);
  if (zip_stat(archive, part.c_str(), 0, &facts) != 0 || (facts.valid & ZIP_STAT_COMP_SIZE) == 0)
    return Error{"import.part_missing", "The workbook has no part " + part + "."};
  const std::unique_ptr<zip_file_t, EntryClose> entry(zip_fopen_index(archive, facts.index, 0));
  if (!entry) return bad_workbook("The workbook is locked with a password or damaged.");
  const std::unique_ptr<XML_ParserStruct, ParserFree> parser(XML_ParserCreateNS(nullptr, '|'));
  parser_ = parser.get();
  XML_SetUserData(parser_, this);
  XML_SetElementHandler(parser_, &PartReader::start, &PartReader::end);
  XML_SetCharacterDataHandler(parser_, &PartReader::text);
  XML_SetStartDoctypeDeclHandler(parser_, &PartReader::doctype);
  return feed(entry.get(), facts.comp_size, limits);
}

Status PartReader::feed(zip_file_t* entry, std::uint64_t packed, const SheetLimits& limits) {
  std::array<char, kPieceBytes> piece{};
  std::uint64_t total = 0;
  while (true) {
    const zip_int64_t count = zip_fread(entry, piece.data(), piece.size());
    if (count < 0) return bad_workbook("The workbook is damaged or cut off.");
    total += static_cast<std::uint64_t>(count);
    if (total > limits.sheet_bytes || (total > limits.dense_from && total / limits.dense_ratio > packed))
      return Error{"import.too_large", "The workbook unpacks to more than a list of people can need."};
    const XML_Status parsed = XML_Parse(parser_, piece.data(), static_cast<int>(count), count == 0 ? 1 : 0);
    if (error_) return *error_;
    if (finished_) return {};
    if (parsed != XML_STATUS_OK) return bad_workbook("The workbook holds XML that is not well formed.");
    if (count == 0) return {};
    const auto behind = static_cast<std::int64_t>(total) - XML_GetCurrentByteIndex(parser_);
    if (behind > kTokenBytesMax) return Error{"import.too_large", "The workbook has a tag that is too long."};
  }
}

// Name of the first sheet that is shown, and where relations put it.
class SheetNames final : public PartReader {
 public:
  std::string relation;

 protected:
  void on_start(std::string_view name, const Attributes& attributes) override {
    if (name != "sheet" || !relation.empty()) return;
    const auto state = attributes.find("state");
    if (state != attributes.end() && state->second != "visible") return;
    const auto id = attributes.find("id");
    if (id != attributes.end()) relation = id->second;
  }
  void on_end(std::string_view) override {}
  void on_text(std::string_view) override {}
};

class Relations final : public PartReader {
 public:
  explicit Relations(std::string wanted) : wanted_(std::move(wanted)) {}
  std::string sheet, strings;

 protected:
  void on_start(std::string_view name, const Attributes& attributes) override {
    const auto get = [&](const char* key) {
      const auto found = attributes.find(key);
      return found == attributes.end() ? std::string_view() : found->second;
    };
    if (name != "Relationship") return;
    if (get("Id") == wanted_) sheet = path(get("Target"));
    if (get("Type").ends_with("/sharedStrings")) strings = path(get("Target"));
  }
  void on_end(std::string_view) override {}
  void on_text(std::string_view) override {}

 private:
  static std::string path(std::string_view target) {
    return target.starts_with('/') ? std::string(target.substr(1)) : "xl/" + std::string(target);
  }
  std::string wanted_;
};

// The texts that cells name by their place, in one store.
class SharedStrings final : public PartReader {
 public:
  explicit SharedStrings(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}
  [[nodiscard]] std::optional<std::string_view> at(std::size_t index) const {
    if (index >= ends_.size()) return std::nullopt;
    const std::size_t begin = index == 0 ? 0 : ends_[index - 1];
    return std::string_view(texts_).substr(begin, ends_[index] - begin);
  }

 protected:
  void on_start(std::string_view name, const Attributes&) override {
    if (name == "t") in_text_ = true;
    if (name == "rPh") ++phonetic_;
  }
  void on_end(std::string_view name) override {
    if (name == "t") in_text_ = false;
    if (name == "rPh") --phonetic_;
    if (name == "si") ends_.push_back(static_cast<std::uint32_t>(texts_.size()));
    if (ends_.size() * sizeof(std::uint32_t) + texts_.size() > bytes_max_)
      fail({"import.too_large", "The workbook holds more text than a list of people can need."});
  }
  void on_text(std::string_view text) override {
    if (!in_text_ || phonetic_ > 0) return;
    texts_ += text;
    if (texts_.size() > bytes_max_)
      fail({"import.too_large", "The workbook holds more text than a list of people can need."});
  }

 private:
  std::uint64_t bytes_max_;
  std::string texts_;
  std::vector<std::uint32_t> ends_;
  bool in_text_ = false;
  int phonetic_ = 0;
};

// 0 for A, 26 for AA; nothing when the reference does not begin with a column.
std::optional<std::size_t> column_of(std::string_view reference) {
  std::size_t column = 0;
  std::size_t letters = 0;
  while (letters < reference.size() && reference[letters] >= 'A' && reference[letters] <= 'Z' && letters < 6)
    column = column * 26 + static_cast<std::size_t>(reference[letters++] - 'A') + 1;
  return letters == 0 ? std::nullopt : std::optional(column - 1);
}

// A figure of more than 15 digits has lost its last ones, however the file spells it.
std::string figure(const std::string& text) {
  const auto plain = std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!plain || text.size() <= kFigureDigitsMax) return text;
  return text.substr(0, 1) + "." + text.substr(1, 5) + "E+" + std::to_string(text.size() - 1);
}

class SheetReader final : public PartReader {
 public:
  SheetReader(const SharedStrings& strings, const std::function<bool(const CsvRow&)>& visit,
              std::int64_t rows_max)
      : strings_(strings), visit_(visit), rows_max_(rows_max) {}

 protected:
  void on_start(std::string_view name, const Attributes& attributes) override {
    const auto get = [&](const char* key) {
      const auto found = attributes.find(key);
      return found == attributes.end() ? std::string_view() : found->second;
    };
    if (name == "row") start_row(get("r"));
    if (name == "c") {
      type_ = get("t");
      column_ = column_of(get("r")).value_or(next_column_);
      next_column_ = column_ + 1;
      cell_.clear();
    }
    if (name == "rPh") ++phonetic_;
    if (name == "v" || name == "t") in_text_ = true;
  }

  void on_text(std::string_view text) override {
    if (!in_text_ || phonetic_ > 0) return;
    cell_ += text;
    if (cell_.size() > kCellBytesMax) too_large();
  }

  void on_end(std::string_view name) override {
    if (name == "v" || name == "t") in_text_ = false;
    if (name == "rPh") --phonetic_;
    if (name == "c") end_cell();
    if (name == "row") end_row();
  }

 private:
  void start_row(std::string_view number) {
    std::int64_t line = 0;
    std::from_chars(number.data(), number.data() + number.size(), line);
    row_.line = std::max(line, row_.line + 1);
    row_.cells.clear();
    next_column_ = 0;
    if (row_.line > rows_max_) too_large();
  }

  void too_large() { fail({"import.too_large", "Line " + std::to_string(row_.line) + " is too large."}); }

  void end_cell() {
    std::string value = std::move(cell_);
    cell_.clear();
    if (type_ == "s") {
      std::size_t index = 0;
      const auto parsed = std::from_chars(value.data(), value.data() + value.size(), index);
      const auto text = parsed.ec == std::errc() ? strings_.at(index) : std::nullopt;
      if (!text) return fail(bad_workbook("A cell of line " + std::to_string(row_.line) + " names no text."));
      value = *text;
    } else if (type_.empty() || type_ == "n") {
      value = figure(value);
    }
    if (value.empty()) return;  // a cell that only has a colour
    if (column_ >= kCellsMax || value.size() > kCellBytesMax) return too_large();
    if (row_.cells.size() <= column_) row_.cells.resize(column_ + 1);
    row_.cells[column_] = std::move(value);
  }

  void end_row() {
    if (!row_.cells.empty() && !visit_(row_)) finish();
  }

  const SharedStrings& strings_;
  const std::function<bool(const CsvRow&)>& visit_;
  std::int64_t rows_max_;
  CsvRow row_;
  std::string type_, cell_;
  std::size_t column_ = 0, next_column_ = 0;
  bool in_text_ = false;
  int phonetic_ = 0;
};

// Year, month and day as three runs of digits with anything between, or eight digits.
std::optional<CivilDate> day_of_parts(std::string_view cell) {
  std::array<int, 3> parts{};
  std::size_t part = 0;
  bool in_digits = false;
  for (const char c : cell) {
    const bool digit = c >= '0' && c <= '9';
    if (digit && part < parts.size() && parts[part] < 100'000) parts[part] = parts[part] * 10 + (c - '0');
    if (!digit && in_digits) ++part;
    if (digit && part >= parts.size()) break;  // the time of day
    in_digits = digit;
  }
  return civil_date(parts[0], static_cast<unsigned>(parts[1]), static_cast<unsigned>(parts[2]));
}

}  // namespace

Status read_xlsx(ByteView content, const std::function<bool(const CsvRow&)>& visit,
                 const SheetLimits& limits) {
  DOUDI_ASSIGN(const Archive archive, open_archive(content));
  SheetNames names;
  DOUDI_TRY(names.read(archive.get(), "xl/workbook.xml", limits));
  Relations relations(names.relation);
  DOUDI_TRY(relations.read(archive.get(), "xl/_rels/workbook.xml.rels", limits));
  if (relations.sheet.empty()) return bad_workbook("The workbook has no sheet.");
  SharedStrings strings(limits.shared_bytes);
  if (!relations.strings.empty()) DOUDI_TRY(strings.read(archive.get(), relations.strings, limits));
  SheetReader sheet(strings, visit, limits.rows);
  return sheet.read(archive.get(), relations.sheet, limits);
}

Result<std::string> read_table(ByteView content, const std::function<bool(const CsvRow&)>& visit) {
  const std::string_view text = as_text(content);
  if (text.starts_with("\xD0\xCF\x11\xE0"))
    return bad_workbook("The file is an old .xls workbook or locked with a password: save it as .xlsx.");
  if (text.starts_with("PK")) {
    DOUDI_TRY(read_xlsx(content, visit));
    return std::string("xlsx");
  }
  DOUDI_ASSIGN(const DecodedText decoded, decode_text(content));
  DOUDI_TRY(read_csv(decoded.text, visit));
  return decoded.encoding;
}

// Five digits are a day of a spreadsheet from 1927 on; four would be a year.
std::optional<CivilDate> read_day(std::string_view cell) {
  constexpr int kSpreadsheetEpoch = -25'569;  // 1899-12-30
  const bool digits = std::all_of(cell.begin(), cell.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!digits) return day_of_parts(cell);
  int number = 0;
  const auto parsed = std::from_chars(cell.data(), cell.data() + cell.size(), number);
  if (parsed.ec != std::errc() || cell.empty()) return std::nullopt;
  if (cell.size() == 8)
    return civil_date(number / 10'000, static_cast<unsigned>(number / 100 % 100),
                      static_cast<unsigned>(number % 100));
  return cell.size() == 5 ? std::optional(CivilDate{number + kSpreadsheetEpoch}) : std::nullopt;
}

}  // namespace doudi::district
