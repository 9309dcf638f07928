// Tables as offices send them: CSV in UTF-8 or GBK, or the first visible sheet of an .xlsx workbook. A
// workbook is a zip of XML from a stranger: it is read as a stream, nothing is written to disk, and whatever
// is larger, deeper or denser than a list of people can be is refused.
#pragma once

#include "sync_server/service/csv.hpp"

namespace doudi::district {

struct SheetLimits {
  std::uint64_t sheet_bytes = 2ULL << 30U;     // XML of one part, unpacked
  std::uint64_t shared_bytes = 384ULL << 20U;  // texts kept for the cells that name them
  std::uint64_t dense_from = 16ULL << 20U;     // from here on the packing is judged
  std::uint64_t dense_ratio = 400;             // unpacked against packed
  std::int64_t rows = 1'048'576;               // what the format itself can hold
};

// Calls `visit` per row that is not empty; false stops. Figures of more than 15 digits, which a spreadsheet
// has rounded, arrive as "9.90101E+17". "import.spreadsheet", "import.too_large".
Status read_xlsx(ByteView content, const std::function<bool(const CsvRow&)>& visit,
                 const SheetLimits& limits = {});

// Whichever it is, by its first bytes; answers "utf-8", "gbk" or "xlsx".
Result<std::string> read_table(ByteView content, const std::function<bool(const CsvRow&)>& visit);

// A day as lists write it: 1950-01-02, 19500102, 1950/1/2, 1950年1月2日, or the count of days of a
// spreadsheet.
std::optional<CivilDate> read_day(std::string_view cell);

}  // namespace doudi::district
