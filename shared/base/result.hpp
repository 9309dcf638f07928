// Expected failures travel as values: a stable code for programs and a sentence for people.
// Exceptions stay inside the adapter whose library throws them.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace doudi {

// `code` is stable and dotted ("sync.stale_base"); `message` says what to do, without personal data.
struct Error {
  std::string code;
  std::string message;
  friend bool operator==(const Error&, const Error&) = default;
};

// Ends the process: the program itself is wrong (also in release builds).
[[noreturn]] void fail_assertion(const char* what, const char* file, int line);
// clang 14 (tidy, fuzz) has no std::source_location; both compilers know these two.
inline void ensure(bool holds, const char* what, const char* file = __builtin_FILE(),
                   int line = __builtin_LINE()) {
  if (!holds) fail_assertion(what, file, line);
}

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& value() & { return ensure(ok(), "value of a failed result"), *std::get_if<0>(&state_); }
  const T& value() const& { return ensure(ok(), "value of a failed result"), *std::get_if<0>(&state_); }
  T&& value() && { return ensure(ok(), "value of a failed result"), std::move(*std::get_if<0>(&state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  [[nodiscard]] const Error& error() const {
    return ensure(!ok(), "error of a good result"), *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}
  [[nodiscard]] bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  [[nodiscard]] const Error& error() const { return ensure(!ok(), "error of a good result"), *error_; }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace doudi

#define DOUDI_CONCAT_INNER(a, b) a##b
#define DOUDI_CONCAT(a, b) DOUDI_CONCAT_INNER(a, b)
// Returns the error of `expression` from the calling function, if it has one.
#define DOUDI_TRY(expression) \
  if (auto doudi_status = (expression); !doudi_status.ok()) return doudi_status.error()
// Declares `declaration` from the value of `expression`, or returns its error.
#define DOUDI_ASSIGN(declaration, expression) \
  DOUDI_ASSIGN_INNER(DOUDI_CONCAT(doudi_result_, __LINE__), declaration, expression)
#define DOUDI_ASSIGN_INNER(name, declaration, expression) \
  auto name = (expression);                               \
  if (!name.ok()) return name.error();                    \
  declaration = std::move(*name)
