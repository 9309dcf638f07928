// Password records: what is stored never opens anything but the password it was made from.
#include <catch2/catch_test_macros.hpp>

#include "shared/crypto/crypto.hpp"

namespace doudi::crypto {
namespace {

constexpr ScryptCost kCheap{.n = 16, .r = 8, .p = 1};  // the default costs 0.2 s, once is enough

TEST_CASE("a password opens its own record at the default cost") {
  const std::string record = hash_password("密码 correct horse");
  CHECK(record.starts_with("scrypt$65536$8$1$"));
  CHECK(record.find("correct") == std::string::npos);
  CHECK(check_password("密码 correct horse", record));
}

TEST_CASE("another password does not open a record") {
  const std::string record = hash_password("one", kCheap);
  CHECK(check_password("one", record));
  for (const std::string_view other : {"", "One", "one ", "two"}) CHECK_FALSE(check_password(other, record));
}

TEST_CASE("the same password gives another record each time") {
  CHECK(hash_password("one", kCheap) != hash_password("one", kCheap));
}

TEST_CASE("damaged records open nothing") {
  const std::string record = hash_password("one", kCheap);
  for (std::size_t i = 0; i < record.size(); ++i) CHECK_FALSE(check_password("one", record.substr(0, i)));
  CHECK_FALSE(check_password("one", record + "$"));
  CHECK_FALSE(check_password("one", ""));
  CHECK_FALSE(check_password("one", "scrypt$16$8$1$$"));
  CHECK_FALSE(check_password("one", "plain$16$8$1" + record.substr(record.find("$1$") + 2)));
}

TEST_CASE("a record cannot ask for more memory than any honest one") {
  const std::string tail = hash_password("one", kCheap).substr(std::string_view("scrypt$16$8$1").size());
  CHECK(check_password("one", "scrypt$16$8$1" + tail));
  CHECK_FALSE(check_password("one", "scrypt$1099511627776$8$1" + tail));
  CHECK_FALSE(check_password("one", "scrypt$16$4294967295$1" + tail));
  CHECK_FALSE(check_password("one", "scrypt$16$8$4294967295" + tail));
  CHECK_FALSE(check_password("one", "scrypt$-16$8$1" + tail));
}

}  // namespace
}  // namespace doudi::crypto
