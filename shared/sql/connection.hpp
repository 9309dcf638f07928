// The one persistence interface. Statements are written once with $1-style parameters; a driver runs them.
// Errors are values: "sql.busy", "sql.full" (disk full), "sql.constraint", "sql.damaged", "sql.key",
// "sql.failed".
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/bytes.hpp"
#include "shared/base/ids.hpp"
#include "shared/base/result.hpp"
#include "shared/base/value.hpp"

namespace doudi::sql {

// One row while it is being read: columns from 0, valid until the visitor returns.
class Row {
 public:
  virtual ~Row() = default;
  [[nodiscard]] virtual int size() const = 0;
  [[nodiscard]] virtual std::string_view name(int column) const = 0;
  [[nodiscard]] virtual bool is_null(int column) const = 0;
  [[nodiscard]] virtual std::int64_t integer(int column) const = 0;
  [[nodiscard]] virtual std::string_view text(int column) const = 0;
  [[nodiscard]] virtual ByteView blob(int column) const = 0;
  [[nodiscard]] virtual Value value(int column) const = 0;
  // Asserts a 16-byte blob.
  [[nodiscard]] Uuid uuid(int column) const;
  [[nodiscard]] std::optional<std::int64_t> optional_integer(int column) const;
  [[nodiscard]] std::optional<std::string> optional_text(int column) const;
};

// Builds parameters: params(id, "text", 5, std::nullopt).
Value to_value(std::nullptr_t);
Value to_value(std::nullopt_t);
Value to_value(std::int64_t number);
Value to_value(int number);
Value to_value(bool flag);
Value to_value(std::string text);
Value to_value(std::string_view text);
Value to_value(const char* text);
Value to_value(const Uuid& id);
Value to_value(ByteView blob);
Value to_value(const Bytes& blob);
Value to_value(Instant at);
Value to_value(CivilDate date);  // 'YYYY-MM-DD'
Value to_value(Value value);
template <class T>
Value to_value(const std::optional<T>& value) {
  return value ? to_value(*value) : Value{};
}
template <class... T>
std::vector<Value> params(T&&... values) {
  std::vector<Value> list;
  list.reserve(sizeof...(values));
  (list.push_back(to_value(std::forward<T>(values))), ...);
  return list;
}

using RowVisitor = std::function<bool(const Row&)>;  // false stops early

// Not thread-safe: one thread at a time. Prepared statements are cached by their text.
class Connection {
 public:
  virtual ~Connection() = default;
  // One statement; returns the number of changed rows.
  virtual Result<std::int64_t> run(std::string_view statement, std::span<const Value> parameters = {}) = 0;
  virtual Status query(std::string_view statement, std::span<const Value> parameters,
                       const RowVisitor& visit) = 0;
  // Several statements separated by ';' (migrations, triggers).
  virtual Status script(std::string_view statements) = 0;
  virtual Status begin(bool write) = 0;  // write takes the write lock at once (BEGIN IMMEDIATE)
  virtual Status commit() = 0;
  virtual void rollback() noexcept = 0;
  [[nodiscard]] virtual bool in_transaction() const = 0;

  // Conveniences over query().
  Status query(std::string_view statement, const RowVisitor& visit) { return query(statement, {}, visit); }
  Result<std::optional<Value>> value(std::string_view statement,
                                     std::span<const Value> parameters = {});  // first cell of first row
  Result<std::int64_t> integer(std::string_view statement,
                               std::span<const Value> parameters = {});  // 0 when there is no row
};

// Rolls back unless committed. `Transaction::begin(connection)` takes the write lock.
class Transaction {
 public:
  static Result<Transaction> begin(Connection& connection);
  static Result<Transaction> read(Connection& connection);  // one snapshot for several queries
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  Status commit();

 private:
  explicit Transaction(Connection& connection) : connection_(&connection) {}
  Connection* connection_;
};

}  // namespace doudi::sql
