// The cipher below SQLCipher fails at its k-th page, for every k until the script gets through: a clear
// error, no crash, and everything acknowledged opens afterwards. SQLCipher's own switches for this
// (`cipher_test_on=fail_encrypt`) exist only in libraries built for its tests, so this program takes the
// place of the one function with which the library encrypts and decrypts pages.
#include <openssl/evp.h>

#include <catch2/catch_test_macros.hpp>

#include "tests/storage/field/sim_tablet.hpp"

namespace doudi::test {
namespace {

enum class Work { encrypt, decrypt };

// 0: no page fails; 1: the next one does.
std::uint64_t pages_until_failure = 0;
Work failing_work = Work::encrypt;
std::uint64_t pages_failed = 0;
std::uint64_t pages_worked = 0;

bool page_fails(bool encrypts) {
  ++pages_worked;
  if (encrypts != (failing_work == Work::encrypt) || pages_until_failure == 0) return false;
  if (--pages_until_failure > 0) return false;
  ++pages_failed;
  return true;
}

}  // namespace
}  // namespace doudi::test

// The linker binds the database library to this one.
extern "C" int EVP_CipherUpdate(EVP_CIPHER_CTX* context, unsigned char* out, int* out_bytes,
                                const unsigned char* in, int in_bytes) {
  const bool encrypts = EVP_CIPHER_CTX_is_encrypting(context) != 0;
  // Of what goes through here only pages are in this mode; the generator of random bytes uses another.
  const bool is_page = EVP_CIPHER_CTX_get_nid(context) == NID_aes_256_cbc;
  if (is_page && doudi::test::page_fails(encrypts)) return 0;
  return encrypts ? EVP_EncryptUpdate(context, out, out_bytes, in, in_bytes)
                  : EVP_DecryptUpdate(context, out, out_bytes, in, in_bytes);
}

namespace doudi::test {
namespace {

constexpr int kVisits = 4;

void is_clear(const Error& error) {
  INFO(error.code << ": " << error.message);
  CHECK((error.code.starts_with("sql.") || error.code.starts_with("store.")));
  CHECK_FALSE(error.message.empty());
}

// Opens, saves, empties the log, twice.
std::set<Uuid> run_script(SimTablet& machine) {
  std::set<Uuid> acknowledged;
  for (int part = 0; part < 2; ++part) {
    const auto store = machine.open();
    if (!store.ok()) {
      is_clear(store.error());
      continue;
    }
    for (int number = 1; number <= kVisits; ++number) {
      const Uuid visit = visit_id(part * 100 + number);
      const Status saved = save_visit_row(**store, visit);
      if (saved.ok()) acknowledged.insert(visit);
      if (!saved.ok()) is_clear(saved.error());
      if (number == 3) static_cast<void>((*store)->checkpoint());
    }
  }
  return acknowledged;
}

std::uint64_t fail_each_page(Work work) {
  SimTablet tablet;
  const sim::DiskImage start = tablet.storage.disk.image();
  SimTablet machine(tablet, start);
  for (std::uint64_t k = 1;; ++k) {
    INFO((work == Work::encrypt ? "encrypting" : "decrypting") << " number " << k << " fails");
    machine.storage.disk.restore(start);
    const std::uint64_t before = pages_failed;
    failing_work = work;
    pages_until_failure = k;
    const std::set<Uuid> acknowledged = run_script(machine);
    pages_until_failure = 0;
    sim::Chance chance(k);
    machine.storage.disk.cut_power(chance);
    const auto store = machine.open();
    INFO((store.ok() ? std::string() : store.error().code + ": " + store.error().message));
    REQUIRE(store.ok());
    const auto visits = whole_visits(**store);
    INFO((visits.ok() ? std::string() : visits.error().code + ": " + visits.error().message));
    REQUIRE(visits.ok());
    for (const Uuid& visit : acknowledged) REQUIRE(visits->contains(visit));
    if (pages_failed == before) {
      REQUIRE(acknowledged.size() == 2 * kVisits);
      return k;
    }
  }
}

}  // namespace

TEST_CASE("no acknowledged visit is lost when encrypting any one page fails") {
  CHECK(fail_each_page(Work::encrypt) > 100);
}

TEST_CASE("no acknowledged visit is lost when decrypting any one page fails") {
  CHECK(fail_each_page(Work::decrypt) > 50);
}

TEST_CASE("every page of the store goes through the cipher that these tests let fail") {
  const std::uint64_t before = pages_worked;
  SimTablet tablet;
  CHECK(pages_worked > before + 50);
}

}  // namespace doudi::test
