// What every driver shares: the forms a parameter takes, single-value reads and the transaction guard.
#include "shared/sql/connection.hpp"

namespace doudi::sql {

Uuid Row::uuid(int column) const {
  const auto id = uuid_from_bytes(blob(column));
  ensure(id.has_value(), "an identity column holds 16 bytes");
  return *id;
}

std::optional<std::int64_t> Row::optional_integer(int column) const {
  if (is_null(column)) return std::nullopt;
  return integer(column);
}

std::optional<std::string> Row::optional_text(int column) const {
  if (is_null(column)) return std::nullopt;
  return std::string(text(column));
}

Value to_value(std::nullptr_t) {
  return {};
}
Value to_value(std::nullopt_t) {
  return {};
}
Value to_value(std::int64_t number) {
  return number;
}
Value to_value(int number) {
  return std::int64_t{number};
}
Value to_value(bool flag) {
  return std::int64_t{flag ? 1 : 0};
}
Value to_value(std::string text) {
  return Value(std::move(text));
}
Value to_value(std::string_view text) {
  return std::string(text);
}
Value to_value(const char* text) {
  return std::string(text);
}
Value to_value(const Uuid& id) {
  return to_bytes(id.view());
}
Value to_value(ByteView blob) {
  return to_bytes(blob);
}
Value to_value(const Bytes& blob) {
  return blob;
}
Value to_value(Instant at) {
  return at.ms;
}
Value to_value(CivilDate date) {
  return format_date(date);
}
Value to_value(Value value) {
  return value;
}

Result<std::optional<Value>> Connection::value(std::string_view statement,
                                               std::span<const Value> parameters) {
  std::optional<Value> first;
  DOUDI_TRY(query(statement, parameters, [&first](const Row& row) {
    first = row.value(0);
    return false;
  }));
  return first;
}

Result<std::int64_t> Connection::integer(std::string_view statement, std::span<const Value> parameters) {
  std::int64_t first = 0;
  DOUDI_TRY(query(statement, parameters, [&first](const Row& row) {
    first = row.integer(0);
    return false;
  }));
  return first;
}

Result<Transaction> Transaction::begin(Connection& connection) {
  DOUDI_TRY(connection.begin(true));
  return Transaction(connection);
}

Result<Transaction> Transaction::read(Connection& connection) {
  DOUDI_TRY(connection.begin(false));
  return Transaction(connection);
}

Transaction::Transaction(Transaction&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)) {}

Transaction::~Transaction() {
  if (connection_ != nullptr) connection_->rollback();
}

Status Transaction::commit() {
  ensure(connection_ != nullptr, "a transaction commits once");
  DOUDI_TRY(connection_->commit());
  connection_ = nullptr;
  return {};
}

}  // namespace doudi::sql
