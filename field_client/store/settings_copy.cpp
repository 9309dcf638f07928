#include "field_client/store/settings_copy.hpp"

#include <nlohmann/json.hpp>

#include "shared/crypto/crypto.hpp"
#include "shared/wire/bounded_json.hpp"

namespace doudi::field {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kPurpose = "doudi field settings 1";
constexpr std::size_t kCopyBytesMax = 256 * 1024;
constexpr int kDepthMax = 8;

Secret copy_key(const Secret& data_key) {
  return crypto::hkdf_sha256(data_key.view(), {}, kPurpose, 32);
}

Json to_json(const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* bytes = std::get_if<Bytes>(&value)) return Json{{"hex", to_hex(*bytes)}};
  return nullptr;
}

Value from_json(const Json& json) {
  if (json.is_number_integer()) return json.get<std::int64_t>();
  if (json.is_string()) return json.get<std::string>();
  if (json.is_object() && json.contains("hex") && json["hex"].is_string()) {
    if (auto bytes = from_hex(json["hex"].get<std::string>())) return std::move(*bytes);
  }
  return {};
}

// Ones that change with every sync, or that follow from the program, would only cost writes.
constexpr std::string_view kSettings =
    "SELECT key, value FROM setting WHERE key NOT IN ('capture_triggers', 'last_success_ms') AND key NOT "
    "LIKE "
    "'digest_wrong%' ORDER BY key";

Result<std::string> text_of(sql::Connection& connection) {
  DOUDI_ASSIGN(const auto salt, connection.value("PRAGMA cipher_salt"));
  const auto* hex = salt ? std::get_if<std::string>(&*salt) : nullptr;
  Json document{{"salt", hex ? *hex : ""}, {"settings", Json::object()}};
  DOUDI_TRY(connection.query(kSettings, [&document](const sql::Row& row) {
    document["settings"][std::string(row.text(0))] = to_json(row.value(1));
    return true;
  }));
  return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<std::string> read_text(files::FileSystem& disk, const std::filesystem::path& folder,
                              const Secret& data_key) {
  DOUDI_ASSIGN(const Bytes sealed, files::read_small_file(disk, folder / kSettingsCopyName, kCopyBytesMax));
  DOUDI_ASSIGN(const Bytes opened, crypto::open(copy_key(data_key), sealed, as_bytes(kPurpose)));
  return std::string(as_text(opened));
}

}  // namespace

Result<SettingsCopy> read_settings_copy(files::FileSystem& disk, const std::filesystem::path& folder,
                                        const Secret& data_key) {
  DOUDI_ASSIGN(const std::string text, read_text(disk, folder, data_key));
  DOUDI_TRY(wire::check_json(text, kCopyBytesMax, kDepthMax));
  const Json document = Json::parse(text, nullptr, false);
  const Error unreadable{"store.settings_copy", "the copy of the settings cannot be read"};
  if (!document.is_object() || !document.contains("salt") || !document["salt"].is_string() ||
      !document.contains("settings") || !document["settings"].is_object())
    return unreadable;
  auto salt = from_hex(document["salt"].get<std::string>());
  if (!salt) return unreadable;
  SettingsCopy copy{std::move(*salt), {}};
  for (const auto& [key, value] : document["settings"].items())
    copy.settings.emplace_back(key, from_json(value));
  return copy;
}

Status keep_settings_copy(files::FileSystem& disk, const std::filesystem::path& folder,
                          const Secret& data_key, sql::Connection& connection) {
  DOUDI_ASSIGN(const std::string text, text_of(connection));
  const auto kept = read_text(disk, folder, data_key);
  if (kept.ok() && *kept == text) return {};
  return files::write_durably(disk, folder / kSettingsCopyName,
                              crypto::seal(copy_key(data_key), as_bytes(text), as_bytes(kPurpose)));
}

}  // namespace doudi::field
