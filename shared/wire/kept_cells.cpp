#include "shared/wire/kept_cells.hpp"

#include "shared/wire/message_parts.hpp"

namespace doudi::wire {

Value kept_cells_value(const sync::Cells& cells) {
  if (cells.empty()) return {};
  CborWriter writer;
  write_cells(writer, cells);
  return writer.take();
}

Result<sync::Cells> read_kept_cells(const Value& value) {
  if (is_null(value)) return sync::Cells{};
  const auto* bytes = std::get_if<Bytes>(&value);
  CborReader reader(bytes == nullptr ? ByteView{} : ByteView(*bytes));
  sync::Cells cells = read_cells(reader);
  if (bytes == nullptr || !reader.finish().ok())
    return Error{"sync.kept_columns", "The kept columns of a row cannot be read."};
  return cells;
}

}  // namespace doudi::wire
