// Password records carry their own cost, so the cost can rise without a flag day. A record comes from a file
// that may be damaged: its cost is checked before memory is spent on it.
#include <charconv>
#include <vector>

#include "shared/crypto/crypto.hpp"

namespace doudi::crypto {
namespace {

constexpr std::size_t kSaltSize = 16;
constexpr std::size_t kHashSize = 32;
constexpr std::uint64_t kNMax = std::uint64_t{1} << 18U;
constexpr std::uint32_t kRMax = 16;
constexpr std::uint32_t kPMax = 16;

struct PasswordRecord {
  ScryptCost cost;
  Bytes salt;
  Bytes hash;
};

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  for (std::size_t end = text.find('$'); end != std::string_view::npos; end = text.find('$')) {
    parts.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  parts.push_back(text);
  return parts;
}

template <class Number>
bool read_number(std::string_view text, Number max, Number& number) {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  return read.ec == std::errc{} && read.ptr == text.data() + text.size() && number >= 1 && number <= max;
}

std::optional<PasswordRecord> parse_record(std::string_view text) {
  const auto parts = split(text);
  PasswordRecord record;
  if (parts.size() != 6 || parts[0] != "scrypt") return std::nullopt;
  const bool cost = read_number(parts[1], kNMax, record.cost.n) &&
                    read_number(parts[2], kRMax, record.cost.r) &&
                    read_number(parts[3], kPMax, record.cost.p);
  auto salt = from_base64url(parts[4]);
  auto hash = from_base64url(parts[5]);
  if (!cost || !salt || salt->size() != kSaltSize || !hash || hash->size() != kHashSize) return std::nullopt;
  record.salt = std::move(*salt);
  record.hash = std::move(*hash);
  return record;
}

}  // namespace

std::string hash_password(std::string_view password, const ScryptCost& cost) {
  ensure(cost.n <= kNMax && cost.r <= kRMax && cost.p <= kPMax,
         "the cost is one that check_password accepts");
  const Bytes salt = random_bytes(kSaltSize);
  const auto hash = scrypt(as_bytes(password), salt, cost, kHashSize);
  ensure(hash.ok(), "scrypt runs at the cost of this program");
  return "scrypt$" + std::to_string(cost.n) + "$" + std::to_string(cost.r) + "$" + std::to_string(cost.p) +
         "$" + to_base64url(salt) + "$" + to_base64url(hash->view());
}

bool check_password(std::string_view password, std::string_view record) {
  const auto parsed = parse_record(record);
  if (!parsed) return false;
  const auto hash = scrypt(as_bytes(password), parsed->salt, parsed->cost, kHashSize);
  return hash.ok() && equal_constant_time(hash->view(), parsed->hash);
}

}  // namespace doudi::crypto
