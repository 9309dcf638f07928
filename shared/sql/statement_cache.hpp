// Private to this folder: prepared statements by their text. Preparing costs more than running most
// statements, so each is prepared once and lent out; a statement that is already lent is prepared a second
// time.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "shared/sql/sqlcipher_library.hpp"

namespace doudi::sql {

struct PreparedStatement {
  StatementHandle handle;
  std::vector<int> parameter_numbers;  // position in the library -> the N of $N
  int parameter_count = 0;             // the largest N
  bool lent = false;
};

// Gives the statement back on destruction: reset, and no binding left that points into the caller's memory.
class StatementLease {
 public:
  explicit StatementLease(PreparedStatement& cached) : statement_(&cached) { cached.lent = true; }
  explicit StatementLease(std::unique_ptr<PreparedStatement> owned)
      : owned_(std::move(owned)), statement_(owned_.get()) {}
  StatementLease(StatementLease&& other) noexcept
      : owned_(std::move(other.owned_)), statement_(std::exchange(other.statement_, nullptr)) {}
  StatementLease& operator=(StatementLease&&) = delete;
  ~StatementLease();
  // The values must stay alive while the statement is lent.
  Status bind(std::span<const Value> parameters);
  int step() { return sqlite3_step(statement_->handle.get()); }
  [[nodiscard]] sqlite3_stmt* get() const { return statement_->handle.get(); }

 private:
  std::unique_ptr<PreparedStatement> owned_;
  PreparedStatement* statement_;
};

class StatementCache {
 public:
  explicit StatementCache(sqlite3* database) : database_(database) {}
  Result<StatementLease> lend(std::string_view text);

 private:
  void drop_idle();

  sqlite3* database_;
  std::map<std::string, PreparedStatement, std::less<>> statements_;
};

}  // namespace doudi::sql
