#include "field_client/keys/key_record.hpp"

#include <nlohmann/json.hpp>

namespace doudi::field {
namespace {

constexpr std::uint64_t kCostMax = 1U << 20U;

}  // namespace

std::string to_json(const KeyRecord& record) {
  const nlohmann::json document{{"version", 1},
                                {"derivation", "scrypt+device-secret+hkdf-sha256"},
                                {"wrap", "aes-256-gcm"},
                                {"n", record.cost.n},
                                {"r", record.cost.r},
                                {"p", record.cost.p},
                                {"salt", to_base64url(record.salt)},
                                {"wrapped", to_base64url(record.wrapped)}};
  return document.dump(2) + "\n";
}

Result<KeyRecord> parse_key_record(std::string_view text) {
  const Error damaged{"keys.damaged", "keys.json cannot be read; restore it, no new key is made"};
  try {
    const auto document = nlohmann::json::parse(text);
    if (document.at("version") != 1 || document.at("wrap") != "aes-256-gcm") return damaged;
    KeyRecord record;
    record.cost = {document.at("n").get<std::uint64_t>(), document.at("r").get<std::uint32_t>(),
                   document.at("p").get<std::uint32_t>()};
    const auto salt = from_base64url(document.at("salt").get<std::string>());
    const auto wrapped = from_base64url(document.at("wrapped").get<std::string>());
    if (!salt || !wrapped || record.cost.n > kCostMax || record.cost.r > 32 || record.cost.p > 8)
      return damaged;
    record.salt = *salt;
    record.wrapped = *wrapped;
    return record;
  } catch (const nlohmann::json::exception&) {
    return damaged;
  }
}

}  // namespace doudi::field
