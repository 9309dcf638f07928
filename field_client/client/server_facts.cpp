// server.json: where the district is. No personal data, readable while the tablet is locked.
#include <nlohmann/json.hpp>

#include "field_client/client/parts.hpp"
#include "field_client/store/durable_file.hpp"
#include "shared/wire/bounded_json.hpp"

namespace doudi::field {

Result<ServerFacts> read_server_facts(const std::filesystem::path& folder) {
  DOUDI_ASSIGN(const Bytes content, read_small_file(folder / "server.json"));
  DOUDI_TRY(wire::check_json(as_text(content), kSmallFileBytesMax));
  const auto document = nlohmann::json::parse(as_text(content), nullptr, false);
  if (!document.is_object() || !document.contains("url") || !document["url"].is_string())
    return Error{"field.server_facts", "server.json is damaged"};
  return ServerFacts{document["url"].get<std::string>()};
}

Status write_server_facts(const std::filesystem::path& folder, const ServerFacts& facts) {
  return write_durably(folder / "server.json", as_bytes(nlohmann::json{{"url", facts.url}}.dump() + "\n"));
}

}  // namespace doudi::field
