#include "field_client/keys/key_record.hpp"

#include <nlohmann/json.hpp>

namespace doudi::field {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kCostMax = 1U << 20U;
constexpr std::int64_t kSettled = 1;
constexpr std::int64_t kChanging = 2;

Json json_of(const KeyWrap& wrap) {
  return {{"derivation", "scrypt+device-secret+hkdf-sha256"},
          {"wrap", "aes-256-gcm"},
          {"n", wrap.cost.n},
          {"r", wrap.cost.r},
          {"p", wrap.cost.p},
          {"salt", to_base64url(wrap.salt)},
          {"wrapped", to_base64url(wrap.wrapped)}};
}

std::optional<KeyWrap> read_wrap(const Json& json) {
  if (json.at("wrap") != "aes-256-gcm") return std::nullopt;
  KeyWrap wrap;
  wrap.cost = {json.at("n").get<std::uint64_t>(), json.at("r").get<std::uint32_t>(),
               json.at("p").get<std::uint32_t>()};
  const auto salt = from_base64url(json.at("salt").get<std::string>());
  const auto wrapped = from_base64url(json.at("wrapped").get<std::string>());
  if (!salt || !wrapped || wrap.cost.n > kCostMax || wrap.cost.r > 32 || wrap.cost.p > 8) return std::nullopt;
  wrap.salt = *salt;
  wrap.wrapped = *wrapped;
  return wrap;
}

}  // namespace

std::string to_json(const KeyRecord& record) {
  Json document = json_of(record.current);
  document["version"] = record.next ? kChanging : kSettled;
  if (record.next) document["next"] = json_of(*record.next);
  return document.dump(2) + "\n";
}

Result<KeyRecord> parse_key_record(std::string_view text) {
  const Error damaged{"keys.damaged", "keys.json cannot be read; restore it, no new key is made"};
  try {
    const Json document = Json::parse(text);
    const auto version = document.at("version").get<std::int64_t>();
    if (version > kChanging)
      return Error{"keys.newer",
                   "钥匙文件是新版程序写的，请先更新程序；什么都没有改。"
                   "keys.json was written by a newer program: update this one first. Nothing was changed."};
    auto current = read_wrap(document);
    if (version < kSettled || !current) return damaged;
    if (version == kSettled) return KeyRecord{std::move(*current), std::nullopt};
    auto next = read_wrap(document.at("next"));
    if (!next) return damaged;
    return KeyRecord{std::move(*current), std::move(next)};
  } catch (const Json::exception&) {
    return damaged;
  }
}

}  // namespace doudi::field
