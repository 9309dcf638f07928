// Static pages: types, caching, and that no spelling of a path leaves the folder.
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/http/server_fixture.hpp"

namespace doudi::http::test {
namespace {

namespace fs = std::filesystem;

// A folder with pages, and a secret beside it.
class PageFolder {
 public:
  PageFolder() {
    std::string pattern = (fs::temp_directory_path() / "doudi-pages-XXXXXX").string();
    base_ = ::mkdtemp(pattern.data());
    write("secret.txt", "secret");
    write("web/index.html", "<h1>page</h1>");
    write("web/assets/app-1a2b.js", "run()");
    write("web/help/index.html", "help");
    fs::create_symlink(base_ / "secret.txt", root() / "link.txt");
    fs::create_directory_symlink(base_, root() / "up");
  }
  PageFolder(const PageFolder&) = delete;
  PageFolder& operator=(const PageFolder&) = delete;
  ~PageFolder() { fs::remove_all(base_); }
  [[nodiscard]] fs::path root() const { return base_ / "web"; }
  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((base_ / name).parent_path());
    std::ofstream(base_ / name) << text;
  }

 private:
  fs::path base_;
};

std::unique_ptr<Server> start_pages(const PageFolder& folder) {
  Router router;
  router.add("GET", "/api/state", text_handler("api"));
  router.add_files("/", folder.root(), {{"Content-Security-Policy", "default-src 'self'"}});
  return start(std::move(router));
}

TEST_CASE("pages are served with type, policy and caching") {
  const PageFolder folder;
  const auto server = start_pages(folder);
  const auto page = ask(*server, raw_request("GET", "/"));
  CHECK(page.status == 200);
  CHECK(page.body == "<h1>page</h1>");
  CHECK(page.header("content-type") == "text/html; charset=utf-8");
  CHECK(page.header("content-security-policy") == "default-src 'self'");
  CHECK(page.header("cache-control") == "no-cache");
  const auto script = ask(*server, raw_request("GET", "/assets/app-1a2b.js"));
  CHECK(script.body == "run()");
  CHECK(script.header("cache-control") == "public, max-age=31536000, immutable");
  CHECK(ask(*server, raw_request("GET", "/help/")).body == "help");
  CHECK(ask(*server, raw_request("GET", "/index.html?v=2")).body == "<h1>page</h1>");
  CHECK(ask(*server, raw_request("GET", "/api/state")).body == "api");
  CHECK(ask(*server, raw_request("POST", "/index.html", "x")).status == 405);
  CHECK(ask(*server, raw_request("HEAD", "/index.html")).header("content-length") == "13");
}

TEST_CASE("a client with the current page gets 304 without a body") {
  const PageFolder folder;
  const auto server = start_pages(folder);
  const auto tag = ask(*server, raw_request("GET", "/")).header("etag");
  REQUIRE(tag.has_value());
  auto client = connect(*server);
  REQUIRE(client.send(raw_request("GET", "/", {}, {"If-None-Match: \"other\", " + *tag}) +
                      raw_request("GET", "/", {}, {"If-None-Match: \"other\""})));
  const auto same = client.read_answer();
  REQUIRE(same.has_value());
  CHECK(same->status == 304);
  CHECK(same->header("etag") == tag);
  CHECK(client.read_answer().value().status == 200);
}

TEST_CASE("no spelling of a path leaves the folder") {
  const PageFolder folder;
  const auto server = start_pages(folder);
  for (const std::string target :
       {"/../secret.txt", "/assets/../../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt",
        "/%2e%2e%2fsecret.txt", "/..%5csecret.txt", "/..\\secret.txt", "/%252e%252e/secret.txt",
        "//../secret.txt", "/./../secret.txt", "/link.txt", "/up/secret.txt", "/....//secret.txt",
        "/%c0%ae%c0%ae/secret.txt"}) {
    INFO(target);
    const auto answer = ask(*server, raw_request("GET", target));
    CHECK(answer.status == 404);
    CHECK(answer.body.find("secret") == std::string::npos);
  }
}

TEST_CASE("a file that appears after the start is not served") {
  const PageFolder folder;
  const auto server = start_pages(folder);
  folder.write("web/later.html", "later");
  CHECK(ask(*server, raw_request("GET", "/later.html")).status == 404);
}

TEST_CASE("files under a prefix answer only there") {
  const PageFolder folder;
  Router router;
  router.add_files("/console", folder.root(), {});
  const auto server = start(std::move(router));
  CHECK(ask(*server, raw_request("GET", "/console/")).body == "<h1>page</h1>");
  CHECK(ask(*server, raw_request("GET", "/console/assets/app-1a2b.js")).body == "run()");
  CHECK(ask(*server, raw_request("GET", "/index.html")).status == 404);
}

}  // namespace
}  // namespace doudi::http::test
