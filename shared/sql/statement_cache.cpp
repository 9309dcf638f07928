// Preparing, numbering and binding of statements.
#include "shared/sql/statement_cache.hpp"

#include <algorithm>
#include <charconv>

namespace doudi::sql {
namespace {

constexpr std::size_t kStatementsMax = 512;

// SQLite numbers $N by first appearance, PostgreSQL by N: we mean N.
Status number_parameters(PreparedStatement& statement) {
  const int positions = sqlite3_bind_parameter_count(statement.handle.get());
  for (int position = 1; position <= positions; ++position) {
    const char* name = sqlite3_bind_parameter_name(statement.handle.get(), position);
    const std::string_view text = name == nullptr ? std::string_view{} : std::string_view(name);
    int number = 0;
    const auto read = std::from_chars(text.data() + std::min<std::size_t>(1, text.size()),
                                      text.data() + text.size(), number);
    if (text.empty() || text[0] != '$' || read.ec != std::errc{} || read.ptr != text.data() + text.size() ||
        number < 1) {
      return Error{"sql.failed", "Parameters are written $1, $2, …"};
    }
    statement.parameter_numbers.push_back(number);
    statement.parameter_count = std::max(statement.parameter_count, number);
  }
  return {};
}

Result<PreparedStatement> prepare(sqlite3* database, std::string_view text, unsigned flags) {
  sqlite3_stmt* raw = nullptr;
  const char* tail = nullptr;
  const int code =
      sqlite3_prepare_v3(database, text.data(), static_cast<int>(text.size()), flags, &raw, &tail);
  PreparedStatement statement;
  statement.handle.reset(raw);
  if (code != SQLITE_OK) return library_error(database, code);
  const std::string_view rest(tail, static_cast<std::size_t>(text.data() + text.size() - tail));
  if (raw == nullptr || rest.find_first_not_of(" \t\r\n;") != std::string_view::npos) {
    return Error{"sql.failed", "One statement at a time; several go through script()."};
  }
  DOUDI_TRY(number_parameters(statement));
  return statement;
}

int bind_value(sqlite3_stmt* statement, int position, const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value))
    return sqlite3_bind_int64(statement, position, *number);
  if (const auto* text = std::get_if<std::string>(&value)) {
    return sqlite3_bind_text64(statement, position, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
  }
  if (const auto* blob = std::get_if<Bytes>(&value)) {
    // A null pointer would bind NULL, but an empty blob is a value.
    if (blob->empty()) return sqlite3_bind_zeroblob(statement, position, 0);
    return sqlite3_bind_blob64(statement, position, blob->data(), blob->size(), SQLITE_STATIC);
  }
  return sqlite3_bind_null(statement, position);
}

}  // namespace

StatementLease::~StatementLease() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_->handle.get());
  if (statement_->parameter_count > 0) sqlite3_clear_bindings(statement_->handle.get());
  statement_->lent = false;
}

Status StatementLease::bind(std::span<const Value> parameters) {
  if (parameters.size() != static_cast<std::size_t>(statement_->parameter_count)) {
    return Error{"sql.failed", "The statement takes " + std::to_string(statement_->parameter_count) +
                                   " parameters, not " + std::to_string(parameters.size()) + "."};
  }
  int position = 0;
  for (const int number : statement_->parameter_numbers) {
    const int code = bind_value(get(), ++position, parameters[static_cast<std::size_t>(number - 1)]);
    if (code != SQLITE_OK) return library_error(sqlite3_db_handle(get()), code);
  }
  return {};
}

Result<StatementLease> StatementCache::lend(std::string_view text) {
  const auto found = statements_.find(text);
  if (found != statements_.end() && !found->second.lent) return StatementLease(found->second);
  if (found != statements_.end()) {
    DOUDI_ASSIGN(PreparedStatement again, prepare(database_, text, 0));
    return StatementLease(std::make_unique<PreparedStatement>(std::move(again)));
  }
  if (statements_.size() >= kStatementsMax) drop_idle();
  DOUDI_ASSIGN(PreparedStatement fresh, prepare(database_, text, SQLITE_PREPARE_PERSISTENT));
  return StatementLease(statements_.emplace(std::string(text), std::move(fresh)).first->second);
}

void StatementCache::drop_idle() {
  std::erase_if(statements_, [](const auto& entry) { return !entry.second.lent; });
}

}  // namespace doudi::sql
