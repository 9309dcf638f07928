// Lists of people that other offices send, kept in the encrypted store until a newer one of their kind comes,
// and the district's own register in the same shape. A long import is many small jobs of the writer, so that
// tablets are answered meanwhile.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "shared/domain/register_comparison.hpp"
#include "sync_server/service/district.hpp"
#include "sync_server/service/import.hpp"

namespace doudi::district {

// Who asked: somebody signed in, or an administrator at a terminal.
struct Requester {
  std::optional<Uuid> account;
  std::string name = "命令行";
};
// Done and total in any unit; false stops the work with "compare.cancelled".
using WorkProgress = std::function<bool(std::uint64_t done, std::uint64_t total)>;

// "registered_poor", "dibao", …: what may be imported.
const std::vector<std::string>& list_kinds();
// One of them, or the district's own register: "register", "register:TAG".
bool is_comparable(const std::string& kind);

struct ListImport {
  std::string kind;
  std::string file_name;
  ByteView content;
  bool dry_run = false;
  bool skip_faulty = false;
  Requester by;
  WorkProgress progress;
};
// The same file again changes nothing: the report then counts its rows as unchanged.
Result<ImportReport> import_list(District& district, const ListImport& request);

struct ListFacts {
  std::int64_t id = 0;
  std::string kind, file_name, by_name;
  std::int64_t rows = 0;
  Instant imported_at;
};
// The lists that would be compared now.
Result<std::vector<ListFacts>> ready_lists(sql::Connection& connection);
// "compare.no_list" when the kind was never imported.
Result<std::int64_t> count_rows(sql::Connection& connection, const std::string& kind);
Status read_rows(sql::Connection& connection, const std::string& kind,
                 const std::function<Status(const domain::RegisterRow&)>& visit);

}  // namespace doudi::district
