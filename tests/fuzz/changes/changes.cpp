// Any text as what a capture trigger wrote: the process lives, nothing deep reaches the parser, and what is
// accepted is written and read again as the same changes.
#include <cstdlib>

#include "shared/wire/bounded_json.hpp"
#include "shared/wire/changes.hpp"
#include "tests/unit/sync/rows.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace doudi;
  static const sync::Table table = sync::test::every_rule();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto changes = wire::read_changes(table, text);
  if (!changes.ok()) return 0;
  if (!wire::check_json(text, wire::kChangesBytesMax).ok()) std::abort();
  const auto again = wire::read_changes(table, wire::write_changes(table, *changes));
  if (!again.ok() || *again != *changes) std::abort();
  return 0;
}
