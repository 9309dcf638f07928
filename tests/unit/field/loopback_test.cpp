// Who may reach the tablet's page server, row by row, over a real socket.
#include <catch2/catch_test_macros.hpp>
#include <fstream>

#include "field_client/app/loopback_api.hpp"
#include "field_client/app/views_json.hpp"
#include "tests/support/raw_http.hpp"
#include "tests/unit/field/tablet.hpp"

namespace doudi::test {
namespace {

// The page server of an enrolled, locked tablet.
struct Served {
  Served() {
    http::Router router;
    field::add_loopback_routes(router, *field, gate, thread);
    auto started = http::Server::start({}, std::move(router),
                                       [this](const http::Request& request) { return gate.check(request); });
    REQUIRE(started.ok());
    server = std::move(*started);
    gate.set_port(server->port());
    host = "127.0.0.1:" + std::to_string(server->port());
  }
  ~Served() { server->stop(std::chrono::milliseconds(500)); }

  std::string call_raw(const std::string& bytes, int& status) {
    auto client = RawClient::connect("127.0.0.1", server->port());
    REQUIRE(client.ok());
    REQUIRE(client->send(bytes));
    const auto answer = client->read_answer();
    REQUIRE(answer.has_value());
    status = answer->status;
    return answer->body;
  }
  std::string call(const std::string& method, const std::string& target, const std::string& body,
                   const std::vector<std::string>& headers, int& status) {
    std::string text = method + " " + target + " HTTP/1.1\r\nHost: " + host + "\r\n";
    for (const auto& header : headers) text += header + "\r\n";
    if (!body.empty())
      text += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
    return call_raw(text + "\r\n" + body, status);
  }
  std::string token() {
    int status = 0;
    const auto body = call("POST", "/api/launch", field::Json{{"code", gate.launch_code()}}.dump(),
                           {"Origin: http://" + host}, status);
    REQUIRE(status == 200);
    return field::Json::parse(body).at("token").get<std::string>();
  }

  Tablet tablet;
  std::unique_ptr<field::Field> field = tablet.open();
  field::LoopbackGate gate;
  field::StoreThread thread;
  std::unique_ptr<http::Server> server;
  std::string host;
};

struct Row {
  const char* what;
  const char* method;
  const char* target;
  const char* host;    // nullptr: the right one
  const char* origin;  // "=" the right one, nullptr none
  const char* site;    // Sec-Fetch-Site
  const char* token;   // "=" the right one
  int status;
};

const Row kRows[] = {
    {"the page itself", "GET", "/api/state", nullptr, "=", "same-origin", "=", 200},
    {"same origin without an Origin header", "GET", "/api/state", nullptr, nullptr, "same-origin", "=", 200},
    {"typed by hand", "GET", "/api/state", nullptr, nullptr, "none", "=", 200},
    {"no token", "GET", "/api/state", nullptr, "=", "same-origin", nullptr, 401},
    {"another token", "GET", "/api/state", nullptr, "=", "same-origin",
     "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 401},
    {"half a token", "GET", "/api/state", nullptr, "=", "same-origin", "A", 401},
    {"rebound name", "GET", "/api/state", "evil.example:80", "=", "same-origin", "=", 403},
    {"localhost by name", "GET", "/api/state", "localhost", "=", "same-origin", "=", 403},
    {"host without the port", "GET", "/api/state", "127.0.0.1", "=", "same-origin", "=", 403},
    {"host with another port", "GET", "/api/state", "127.0.0.1:1", "=", "same-origin", "=", 403},
    {"another site", "GET", "/api/state", nullptr, "https://evil.example", "cross-site", "=", 403},
    {"another port of this machine", "GET", "/api/state", nullptr, "http://127.0.0.1:1", "same-site", "=",
     403},
    {"https of the same place", "GET", "/api/state", nullptr, "https://127.0.0.1", nullptr, "=", 403},
    {"null origin", "GET", "/api/state", nullptr, "null", nullptr, "=", 403},
    {"right origin and wrong metadata", "GET", "/api/state", nullptr, "=", "cross-site", "=", 403},
    {"neither origin nor metadata", "GET", "/api/state", nullptr, nullptr, nullptr, "=", 403},
    {"preflight", "OPTIONS", "/api/state", nullptr, "https://evil.example", "cross-site", nullptr, 403},
    {"preflight of the page itself", "OPTIONS", "/api/visits", nullptr, "=", "same-origin", "=", 403},
    {"a write from another site", "POST", "/api/lock", nullptr, "https://evil.example", "cross-site", "=",
     403},
    {"an image tag of another site", "GET", "/", nullptr, nullptr, "cross-site", nullptr, 403},
    {"an unknown path of the page", "GET", "/api/nothing", nullptr, "=", "same-origin", "=", 404},
    {"a locked tablet", "GET", "/api/today", nullptr, "=", "same-origin", "=", 423},
};

}  // namespace

TEST_CASE("the page server answers its own page and nobody else") {
  Served served;
  const std::string token = served.token();
  for (const Row& row : kRows) {
    std::string text = std::string(row.method) + " " + row.target +
                       " HTTP/1.1\r\nHost: " + (row.host ? row.host : served.host) + "\r\n";
    if (row.origin)
      text +=
          "Origin: " + (std::string(row.origin) == "=" ? "http://" + served.host : std::string(row.origin)) +
          "\r\n";
    if (row.site) text += std::string("Sec-Fetch-Site: ") + row.site + "\r\n";
    if (row.token)
      text += "X-Doudi-Token: " + (std::string(row.token) == "=" ? token : std::string(row.token)) + "\r\n";
    int status = 0;
    const std::string body = served.call_raw(text + "\r\n", status);
    INFO(row.what << ": " << body);
    CHECK(status == row.status);
    CHECK(body.find("access-control") == std::string::npos);
  }
}

TEST_CASE("a launch code buys one token") {
  Served served;
  int status = 0;
  served.call("POST", "/api/launch", R"({"code":"wrong"})", {"Origin: http://" + served.host}, status);
  CHECK(status == 403);
  const std::string token = served.token();
  CHECK(token.size() >= 43);
  served.call("POST", "/api/launch", field::Json{{"code", served.gate.launch_code()}}.dump(),
              {"Origin: http://" + served.host}, status);
  CHECK(status == 403);
}

TEST_CASE("the page unlocks, saves a visit and sees it unsent") {
  Served served;
  const std::vector<std::string> headers{"Origin: http://" + served.host, "X-Doudi-Token: " + served.token()};
  int status = 0;
  auto body = served.call("POST", "/api/unlock", R"({"pin":"000000"})", headers, status);
  CHECK(status == 403);
  CHECK(field::Json::parse(body).at("attempts_left") == 9);
  served.call("POST", "/api/unlock", field::Json{{"pin", kPin}}.dump(), headers, status);
  REQUIRE(status == 200);
  const field::Json visit{{"household", to_string(id_number(1001))},
                          {"met", "self"},
                          {"answers", {{"V02", {"none"}}}},
                          {"leaflet_given", true}};
  body = served.call("POST", "/api/visits", visit.dump(), headers, status);
  INFO(body);
  REQUIRE(status == 200);
  CHECK(field::Json::parse(body).at("leads").at(0).at("grade") == 1);
  const auto chip = field::Json::parse(served.call("GET", "/api/chip", "", headers, status));
  CHECK(chip.at("unsent") == 1);
  CHECK(chip.at("state") != "synced");
  for (const std::string& target :
       std::vector<std::string>{"/api/today", "/api/leads", "/api/outbox", "/api/form", "/api/device",
                                "/api/search?q=%E5%BC%A0", "/api/households/" + to_string(id_number(1001))}) {
    served.call("GET", target, "", headers, status);
    INFO(target);
    CHECK(status == 200);
  }
}

TEST_CASE("the page changes the PIN, and says why it does not") {
  Served served;
  const std::vector<std::string> headers{"Origin: http://" + served.host, "X-Doudi-Token: " + served.token()};
  int status = 0;
  const auto change = [&](const std::string& old_pin, const std::string& next) {
    const auto body = served.call("POST", "/api/pin", field::Json{{"pin", old_pin}, {"new_pin", next}}.dump(),
                                  headers, status);
    return field::Json::parse(body).value("code", "");
  };
  CHECK(change(kPin, "12345") == "keys.weak_pin");
  CHECK(status == 422);
  CHECK(change("000000", "135790") == "keys.wrong_pin");
  CHECK(status == 403);
  served.call("POST", "/api/pin", field::Json{{"pin", kPin}}.dump(), headers, status);
  CHECK(status == 422);
  CHECK(change(kPin, "135790").empty());
  CHECK(status == 200);
  served.call("POST", "/api/unlock", field::Json{{"pin", kPin}}.dump(), headers, status);
  CHECK(status == 403);
  served.call("POST", "/api/unlock", R"({"pin":"135790"})", headers, status);
  CHECK(status == 200);
}

TEST_CASE("a damaged tablet says so in both languages, and its page rescues what can be read") {
  Served served;
  const std::vector<std::string> headers{"Origin: http://" + served.host, "X-Doudi-Token: " + served.token()};
  const std::string pin = field::Json{{"pin", kPin}}.dump();
  int status = 0;
  served.call("POST", "/api/unlock", pin, headers, status);
  REQUIRE(status == 200);
  const field::Json visit{{"household", to_string(id_number(1001))}, {"met", "self"}};
  served.call("POST", "/api/visits", visit.dump(), headers, status);
  REQUIRE(status == 200);
  served.call("POST", "/api/lock", "{}", headers, status);
  {
    std::fstream file(served.tablet.folder / "field.db", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(200);
    file.put('x');
  }
  auto body = served.call("POST", "/api/unlock", pin, headers, status);
  CHECK(status == 409);
  CHECK(field::Json::parse(body).at("code") == "store.damaged");
  CHECK(body.find("修复") != std::string::npos);
  CHECK(body.find("rescue") != std::string::npos);
  served.call("POST", "/api/rescue", R"({"pin":"000000"})", headers, status);
  CHECK(status == 403);
  body = served.call("POST", "/api/rescue", pin, headers, status);
  INFO(body);
  REQUIRE(status == 200);
  CHECK(field::Json::parse(body).at("damaged_pages") == 1);
  CHECK(field::Json::parse(body).at("unsent") == 1);
  CHECK(std::filesystem::exists(served.tablet.folder / field::Json::parse(body).at("kept_in") / "field.db"));
  const auto chip = field::Json::parse(served.call("GET", "/api/chip", "", headers, status));
  CHECK(chip.at("unsent") == 1);
  served.call("GET", "/api/households/" + to_string(id_number(1001)), "", headers, status);
  CHECK(status == 200);
}

TEST_CASE("a body that is too deep or of another shape is refused") {
  Served served;
  const std::vector<std::string> headers{"Origin: http://" + served.host, "X-Doudi-Token: " + served.token()};
  int status = 0;
  served.call("POST", "/api/unlock", std::string(100'000, '['), headers, status);
  CHECK(status == 422);
  served.call("POST", "/api/unlock", R"({"pin":246810})", headers, status);
  CHECK(status == 422);
  served.call("POST", "/api/unlock", "[1]", headers, status);
  CHECK(status == 422);
}

}  // namespace doudi::test
