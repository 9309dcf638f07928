// Row and device identity: UUIDv7 (RFC 9562), made where the row is born, never reused.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "shared/base/bytes.hpp"
#include "shared/base/instant.hpp"

namespace doudi {

struct Uuid {
  std::array<std::uint8_t, 16> bytes{};
  friend auto operator<=>(const Uuid&, const Uuid&) = default;
  [[nodiscard]] ByteView view() const { return bytes; }
  [[nodiscard]] bool is_nil() const { return *this == Uuid{}; }
};

// `random` supplies the 74 random bits: chance is an argument.
Uuid make_uuid_v7(Instant now, const std::array<std::uint8_t, 10>& random);
// 8-4-4-4-12 lower-case hex.
std::string to_string(const Uuid& id);
std::optional<Uuid> parse_uuid(std::string_view text);
std::optional<Uuid> uuid_from_bytes(ByteView bytes);

}  // namespace doudi
