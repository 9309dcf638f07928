// server.json: where the district is. No personal data, readable while the tablet is locked.
#include <nlohmann/json.hpp>

#include "field_client/client/parts.hpp"
#include "shared/wire/bounded_json.hpp"

namespace doudi::field {

Result<ServerFacts> read_server_facts(files::FileSystem& disk, const std::filesystem::path& folder) {
  DOUDI_ASSIGN(const Bytes content, files::read_small_file(disk, folder / "server.json"));
  DOUDI_TRY(wire::check_json(as_text(content), files::kSmallFileBytesMax));
  const auto document = nlohmann::json::parse(as_text(content), nullptr, false);
  if (!document.is_object() || !document.contains("url") || !document["url"].is_string())
    return Error{"field.server_facts", "server.json is damaged"};
  return ServerFacts{document["url"].get<std::string>()};
}

Status write_server_facts(files::FileSystem& disk, const std::filesystem::path& folder,
                          const ServerFacts& facts) {
  return files::write_durably(disk, folder / "server.json",
                              as_bytes(nlohmann::json{{"url", facts.url}}.dump() + "\n"));
}

}  // namespace doudi::field
