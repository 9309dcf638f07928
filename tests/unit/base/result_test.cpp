// Failures as values.
#include "shared/base/result.hpp"

#include <catch2/catch_test_macros.hpp>
#include <memory>

namespace doudi {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return Error{"test.odd", "The number is odd."};
  return number / 2;
}

Result<int> quarter(int number) {
  DOUDI_ASSIGN(const int once, half(number));
  return half(once);
}

Status check_quarter(int number) {
  DOUDI_TRY(quarter(number));
  return {};
}

TEST_CASE("a good result holds its value") {
  const auto result = quarter(12);
  REQUIRE(result.ok());
  CHECK(*result == 3);
  CHECK(check_quarter(12).ok());
}

TEST_CASE("an error leaves through every caller unchanged") {
  CHECK(quarter(6).error() == Error{"test.odd", "The number is odd."});
  CHECK(quarter(5).error().code == "test.odd");
  CHECK(check_quarter(6).error().code == "test.odd");
}

TEST_CASE("a result gives up a value that only moves") {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(7));
  const std::unique_ptr<int> taken = std::move(*result);
  REQUIRE(taken != nullptr);
  CHECK(*taken == 7);
}

TEST_CASE("a text is a value, never mistaken for an error") {
  const Result<std::string> text(std::string("a text"));
  CHECK(text.ok());
  CHECK(text->size() == 6);
}

}  // namespace
}  // namespace doudi
