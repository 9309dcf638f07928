#include "field_client/include/doudi/device_clock.hpp"

#include <ctime>
#include <fstream>

#include "shared/crypto/crypto.hpp"

namespace doudi::field {
namespace {

std::int64_t read_clock_ms(clockid_t clock) {
  timespec time{};
  ensure(clock_gettime(clock, &time) == 0, "the system clock can be read");
  return static_cast<std::int64_t>(time.tv_sec) * 1000 + time.tv_nsec / 1'000'000;
}

std::string read_boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id.empty() ? "unknown" : id;
}

}  // namespace

DeviceClock DeviceClock::system() {
  return {[] { return Instant{read_clock_ms(CLOCK_REALTIME)}; }, [] { return read_clock_ms(CLOCK_BOOTTIME); },
          read_boot_id()};
}

Uuid new_id(const DeviceClock& clock) {
  std::array<std::uint8_t, 10> random{};
  crypto::random_bytes(random);
  return make_uuid_v7(clock.wall(), random);
}

}  // namespace doudi::field
