// Web pages held in memory. A request path is only ever looked up among the files read at start, so no
// spelling of a path can leave the folder. Inside this layer only.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "shared/http/response.hpp"
#include "shared/http/server.hpp"

namespace doudi::http {

struct StaticFile {
  std::string body;
  std::string etag;
  HeaderList headers;  // type, caching and what the caller gave
};

class StaticFiles {
 public:
  // Regular files below `root`; symbolic links are left out. "index.html" also answers for its folder.
  void add(std::string_view prefix, const std::filesystem::path& root, const HeaderList& headers);
  [[nodiscard]] const StaticFile* find(std::string_view path) const;

 private:
  std::map<std::string, StaticFile, std::less<>> files_;  // by decoded URL path
};

// 304 when the client's copy is current.
Response file_response(const StaticFile& file, const Request& request);

}  // namespace doudi::http
