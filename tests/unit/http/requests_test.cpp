// Requests and answers over real sockets: routing, decoding, keep-alive, late answers, limits.
#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tests/unit/http/server_fixture.hpp"

namespace doudi::http::test {
namespace {

Router echo_router() {
  Router router;
  router.add("POST", "/echo", [](const Request& request, const Respond& respond) {
    respond(Response::binary("application/octet-stream", request.body));
  });
  router.add("GET", "/hello", text_handler("hello"));
  return router;
}

TEST_CASE("a connection serves one request after another") {
  const auto server = start(echo_router());
  auto client = connect(*server);
  for (int i = 0; i < 3; ++i) {
    const auto body = "visit " + std::to_string(i);
    REQUIRE(client.send(raw_request("POST", "/echo", body)));
    const auto answer = client.read_answer();
    REQUIRE(answer.has_value());
    CHECK(answer->status == 200);
    CHECK(answer->body == body);
    CHECK_FALSE(answer->header("connection").has_value());
  }
  CHECK(server->counters().connections_total == 1);
  CHECK(server->counters().requests_total == 3);
}

TEST_CASE("pipelined requests are answered in their order") {
  const auto server = start(echo_router());
  auto client = connect(*server);
  REQUIRE(client.send(raw_request("POST", "/echo", "one") + raw_request("GET", "/hello") +
                      raw_request("POST", "/echo", "three")));
  CHECK(client.read_answer().value().body == "one");
  CHECK(client.read_answer().value().body == "hello");
  CHECK(client.read_answer().value().body == "three");
}

TEST_CASE("a request that arrives byte by byte is the same request") {
  const auto server = start(echo_router());
  auto client = connect(*server);
  for (const char byte : raw_request("POST", "/echo", "slow but whole"))
    REQUIRE(client.send(std::string(1, byte)));
  CHECK(client.read_answer().value().body == "slow but whole");
}

TEST_CASE("a body larger than every buffer arrives whole") {
  const auto server = start(echo_router());
  std::string body(3'000'000, 'x');
  for (std::size_t i = 0; i < body.size(); i += 997) body[i] = static_cast<char>('a' + i % 26);
  const auto answer = ask(*server, raw_request("POST", "/echo", body));
  CHECK(answer.status == 200);
  CHECK(answer.body == body);
}

TEST_CASE("Connection: close and HTTP/1.0 end the connection after the answer") {
  const auto server = start(echo_router());
  for (const std::string& request : {raw_request("GET", "/hello", {}, {"Connection: close"}),
                                     std::string("GET /hello HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")}) {
    auto client = connect(*server);
    REQUIRE(client.send(request));
    const auto answer = client.read_answer();
    REQUIRE(answer.has_value());
    CHECK(answer->body == "hello");
    CHECK(answer->header("connection") == "close");
    CHECK(client.closed());
  }
}

TEST_CASE("an unknown path is a 404 problem and the connection stays") {
  const auto server = start(echo_router());
  auto client = connect(*server);
  REQUIRE(client.send(raw_request("GET", "/nowhere")));
  const auto answer = client.read_answer();
  REQUIRE(answer.has_value());
  CHECK(answer->status == 404);
  CHECK(answer->header("content-type") == "application/problem+json");
  CHECK(answer->body.find(R"("code":"http.not_found")") != std::string::npos);
  REQUIRE(client.send(raw_request("GET", "/hello")));
  CHECK(client.read_answer().value().status == 200);
}

TEST_CASE("another method is a 405 that names the allowed ones") {
  const auto server = start(echo_router());
  CHECK(ask(*server, raw_request("DELETE", "/echo")).header("allow") == "POST");
  const auto answer = ask(*server, raw_request("OPTIONS", "/hello"));
  CHECK(answer.status == 405);
  CHECK(answer.header("allow") == "GET, HEAD");
}

TEST_CASE("HEAD answers with the length of GET and no body") {
  const auto server = start(echo_router());
  auto client = connect(*server);
  REQUIRE(client.send(raw_request("HEAD", "/hello") + raw_request("GET", "/hello")));
  const auto answer = client.read_answer(true);
  REQUIRE(answer.has_value());
  CHECK(answer->status == 200);
  CHECK(answer->header("content-length") == "5");
  CHECK(client.read_answer().value().body == "hello");
}

TEST_CASE("path parameters and queries reach the handler decoded") {
  Router router;
  router.add("GET", "/v1/ledger/{id}/visits/{visit}", [](const Request& request, const Respond& respond) {
    respond(Response::binary(
        "text/plain", request.path_parameters.at("id") + '|' + request.path_parameters.at("visit") + '|' +
                          std::string(request.query_value("q").value_or("none")) + '|' +
                          std::string(request.query_value("empty").value_or("none")) + '|' +
                          std::string(request.query_value("absent").value_or("none"))));
  });
  const auto server = start(std::move(router));
  CHECK(ask(*server, raw_request("GET", "/v1/ledger/a%2Fb/visits/7?q=%E5%85%9C%E5%BA%95+x&empty=")).body ==
        "a/b|7|兜底 x||none");
  CHECK(ask(*server, raw_request("GET", "/v1/ledger//visits/7")).status == 404);
  CHECK(ask(*server, raw_request("GET", "/v1/ledger/a/b/visits/7")).status == 404);
}

TEST_CASE("a literal route registered first wins over a parameter") {
  Router router;
  router.add("GET", "/v1/feed/head", text_handler("literal"));
  router.add("GET", "/v1/feed/{position}", text_handler("parameter"));
  const auto server = start(std::move(router));
  CHECK(ask(*server, raw_request("GET", "/v1/feed/head")).body == "literal");
  CHECK(ask(*server, raw_request("GET", "/v1/feed/12")).body == "parameter");
}

TEST_CASE("a broken percent sequence or a hidden NUL is refused") {
  const auto server = start(echo_router());
  for (const std::string target : {"/hello%", "/hello%2", "/hello%zz", "/hello%00", "/hello?a=%0"}) {
    INFO(target);
    const auto answer = ask(*server, raw_request("GET", target));
    CHECK(answer.status == 400);
    CHECK(answer.body.find("http.target") != std::string::npos);
  }
}

TEST_CASE("an absolute target for our own host is the same request") {
  const auto server = start(echo_router());
  CHECK(ask(*server, raw_request("GET", "http://127.0.0.1/hello")).body == "hello");
}

TEST_CASE("an answer may come from another thread after the handler returned") {
  std::vector<std::thread> threads;
  Router router;
  router.add("GET", "/poll", [&threads](const Request&, const Respond& respond) {
    threads.emplace_back([respond] { respond(Response::binary("text/plain", "late")); });
  });
  ServerOptions options;
  options.threads = 1;
  const auto server = start(std::move(router), options);
  auto client = connect(*server);
  for (int i = 0; i < 20; ++i) {
    REQUIRE(client.send(raw_request("GET", "/poll")));
    CHECK(client.read_answer().value().body == "late");
  }
  for (auto& thread : threads) thread.join();
}

TEST_CASE("only the first answer counts and a forgotten one is a 500") {
  Router router;
  router.add("GET", "/twice", [](const Request&, const Respond& respond) {
    respond(Response::binary("text/plain", "first"));
    respond(Response::binary("text/plain", "second"));
  });
  router.add("GET", "/never", [](const Request&, const Respond&) {});
  const auto server = start(std::move(router));
  auto client = connect(*server);
  REQUIRE(client.send(raw_request("GET", "/twice")));
  CHECK(client.read_answer().value().body == "first");
  REQUIRE(client.send(raw_request("GET", "/never")));
  const auto answer = client.read_answer();
  REQUIRE(answer.has_value());
  CHECK(answer->status == 500);
  CHECK(answer->body.find("http.internal") != std::string::npos);
}

TEST_CASE("a late answer to an earlier request is never the answer to the next one") {
  Respond kept;
  Router router;
  router.add("GET", "/keep", [&kept](const Request&, const Respond& respond) {
    kept = respond;
    throw std::runtime_error("after it kept the answer function");
  });
  router.add("GET", "/hello", text_handler("hello"));
  const auto server = start(std::move(router));
  auto client = connect(*server);
  REQUIRE(client.send(raw_request("GET", "/keep")));
  CHECK(client.read_answer().value().status == 500);
  kept(Response::binary("text/plain", "too late"));
  REQUIRE(client.send(raw_request("GET", "/hello")));
  CHECK(client.read_answer().value().body == "hello");
}

TEST_CASE("a handler or gate that throws answers 500 without its words and the server lives") {
  Router router;
  router.add("GET", "/throw",
             [](const Request&, const Respond&) { throw std::runtime_error("secret detail"); });
  router.add("GET", "/hello", text_handler("hello"));
  const auto server = start(std::move(router), {}, [](const Request& request) -> std::optional<Response> {
    if (request.path == "/gate") throw 7;
    return std::nullopt;
  });
  const auto answer = ask(*server, raw_request("GET", "/throw"));
  CHECK(answer.status == 500);
  CHECK(answer.body.find("secret") == std::string::npos);
  CHECK(ask(*server, raw_request("GET", "/gate")).status == 500);
  CHECK(ask(*server, raw_request("GET", "/hello")).body == "hello");
}

TEST_CASE("the gate refuses before any handler and the refusal is counted") {
  std::atomic<int> reached{0};
  Router router;
  router.add("GET", "/hello", [&reached](const Request&, const Respond& respond) {
    ++reached;
    respond(Response::json(200, "{}"));
  });
  const auto server = start(std::move(router), {}, [](const Request& request) -> std::optional<Response> {
    if (request.header("x-token") == "right") return std::nullopt;
    return problem(403, {"gate.refused", "no \"token\"\n"});
  });
  const auto refused = ask(*server, raw_request("GET", "/hello"));
  CHECK(refused.status == 403);
  CHECK(refused.body ==
        R"({"type":"about:blank","status":403,"code":"gate.refused","title":"no \"token\"\u000a"})");
  CHECK(reached == 0);
  CHECK(server->counters().requests_refused == 1);
  CHECK(ask(*server, raw_request("GET", "/hello", {}, {"X-Token: right"})).status == 200);
  CHECK(reached == 1);
}

TEST_CASE("default headers go on every answer, the handler's own win, and none names the server") {
  Router router;
  router.add("GET", "/own", [](const Request&, const Respond& respond) {
    respond({200,
             {{"cache-control", "max-age=1"}, {"X-Split", "a\r\nX-Injected: 1"}, {"Content-Length", "99"}},
             "ok"});
  });
  ServerOptions options;
  options.headers = {{"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}};
  const auto server = start(std::move(router), options);
  const auto own = ask(*server, raw_request("GET", "/own"));
  CHECK(own.body == "ok");
  CHECK(own.header("cache-control") == "max-age=1");
  CHECK(own.header("x-split") == "a  X-Injected: 1");
  CHECK_FALSE(own.header("x-injected").has_value());
  const auto malformed = ask(*server, "nonsense\r\n\r\n");
  CHECK(malformed.header("x-content-type-options") == "nosniff");
  for (const auto& answer : {own, malformed}) CHECK_FALSE(answer.header("server").has_value());
}

TEST_CASE("a head that only the parser cannot read is refused and ends the connection") {
  const auto server = start(echo_router());
  auto client = connect(*server);
  REQUIRE(client.send(raw_request("GET", "/hello", {}, {"Connection: keep-\xb9live"}) +
                      raw_request("GET", "/hello")));
  CHECK(client.read_answer().value().status == 400);
  CHECK(client.closed());
}

TEST_CASE("a client that waits for 100 Continue gets it before it sends the body") {
  const auto server = start(echo_router());
  auto client = connect(*server);
  REQUIRE(client.send(
      "POST /echo HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"));
  CHECK(client.read_answer().value().status == 100);
  REQUIRE(client.send("body"));
  CHECK(client.read_answer().value().body == "body");
}

TEST_CASE("a body over the limit is a 413 and the connection ends") {
  ServerOptions options;
  options.limits.body_bytes = 1'000;
  const auto server = start(echo_router(), options);
  CHECK(ask(*server, raw_request("POST", "/echo", std::string(1'000, 'x'))).status == 200);
  for (const std::string length : {"1001", "4294967296", "99999999999999999999999999"}) {
    auto client = connect(*server);
    REQUIRE(client.send("POST /echo HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: " + length + "\r\n\r\n" +
                        std::string(5'000, 'x')));
    const auto answer = client.read_answer();
    REQUIRE(answer.has_value());
    CHECK(answer->status == 413);
    CHECK(client.closed());
  }
}

TEST_CASE("a header over the limit is a 431, whether or not it ends") {
  const auto server = start(echo_router());
  for (const std::string end : {"\r\n\r\n", ""}) {
    auto client = connect(*server);
    REQUIRE(
        client.send("GET /hello HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: " + std::string(9'000, 'x') + end));
    const auto answer = client.read_answer();
    REQUIRE(answer.has_value());
    CHECK(answer->status == 431);
    CHECK(client.closed());
  }
}

}  // namespace
}  // namespace doudi::http::test
