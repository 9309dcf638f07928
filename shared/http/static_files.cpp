// Reads the built web pages once and answers for them with an ETag.
#include "shared/http/static_files.hpp"

#include <openssl/evp.h>

#include <array>
#include <fstream>
#include <iterator>

#include "shared/base/bytes.hpp"
#include "shared/http/text.hpp"

namespace doudi::http {
namespace {

namespace fs = std::filesystem;

std::string content_type(const fs::path& file) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 14> kTypes{{
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".json", "application/json"},
      {".map", "application/json"},
      {".webmanifest", "application/manifest+json"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".jpg", "image/jpeg"},
      {".webp", "image/webp"},
      {".ico", "image/x-icon"},
      {".woff2", "font/woff2"},
      {".wasm", "application/wasm"},
      {".txt", "text/plain; charset=utf-8"},
  }};
  const auto extension = to_lower(file.extension().string());
  for (const auto& [suffix, type] : kTypes) {
    if (extension == suffix) return std::string(type);
  }
  return "application/octet-stream";
}

std::string entity_tag(std::string_view body) {
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  std::size_t size = 0;
  const int done = EVP_Q_digest(nullptr, "SHA256", nullptr, body.data(), body.size(), digest.data(), &size);
  ensure(done == 1 && size == 32, "SHA-256 is there");
  return '"' + to_hex(ByteView(digest).first(16)) + '"';
}

StaticFile read_file(const fs::path& path, std::string_view url, const HeaderList& headers) {
  std::ifstream in(path, std::ios::binary);
  StaticFile file;
  file.body.assign(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  file.etag = entity_tag(file.body);
  const bool hashed_name = url.find("/assets/") != std::string_view::npos;
  file.headers = headers;
  file.headers.emplace_back("Content-Type", content_type(path));
  file.headers.emplace_back("Cache-Control",
                            hashed_name ? "public, max-age=31536000, immutable" : "no-cache");
  file.headers.emplace_back("ETag", file.etag);
  return file;
}

}  // namespace

void StaticFiles::add(std::string_view prefix, const fs::path& root, const HeaderList& headers) {
  std::string base(prefix);
  if (base.empty() || base.back() != '/') base += '/';
  std::error_code failure;
  for (fs::recursive_directory_iterator entry(root, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    if (entry->is_symlink() || !entry->is_regular_file()) continue;
    const std::string url = base + entry->path().lexically_relative(root).generic_string();
    auto file = read_file(entry->path(), url, headers);
    if (entry->path().filename() == "index.html")
      files_.insert_or_assign(url.substr(0, url.rfind('/') + 1), file);
    files_.insert_or_assign(url, std::move(file));
  }
}

const StaticFile* StaticFiles::find(std::string_view path) const {
  const auto found = files_.find(path);
  return found == files_.end() ? nullptr : &found->second;
}

Response file_response(const StaticFile& file, const Request& request) {
  Response response{200, file.headers, {}};
  const auto known = request.header("if-none-match");
  if (known && (has_token(*known, file.etag) || has_token(*known, "W/" + file.etag))) {
    response.status = 304;
  } else {
    response.body = file.body;
  }
  return response;
}

}  // namespace doudi::http
