// Deadlines, the connection limit, stopping, and that nothing is left behind.
#include <condition_variable>
#include <mutex>
#include <thread>

#include "tests/unit/http/server_fixture.hpp"

namespace doudi::http::test {
namespace {

using std::chrono::milliseconds;

Router hello_router() {
  Router router;
  router.add("GET", "/hello", text_handler("hello"));
  router.add("POST", "/hello", text_handler("hello"));
  return router;
}

// Keeps the answer function of one request until the test wants to answer.
class Parked {
 public:
  Handler handler() {
    return [this](const Request&, const Respond& respond) {
      const std::lock_guard lock(mutex_);
      respond_ = respond;
      arrived_.notify_all();
    };
  }
  Respond take() {
    std::unique_lock lock(mutex_);
    REQUIRE(arrived_.wait_for(lock, std::chrono::seconds{10}, [this] { return respond_ != nullptr; }));
    return std::exchange(respond_, nullptr);
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  Respond respond_;
};

TEST_CASE("a header that is never finished ends the connection") {
  ServerOptions options;
  options.limits.header_timeout = milliseconds{200};
  const auto server = start(hello_router(), options);
  for (const std::string start_of_head : {"", "GET /hello HTTP/1.1\r\nHost: a\r\n"}) {
    auto client = connect(*server);
    REQUIRE(client.send(start_of_head));
    CHECK(client.closed());
  }
}

TEST_CASE("a body that stops arriving ends the connection") {
  ServerOptions options;
  options.limits.body_timeout = milliseconds{200};
  const auto server = start(hello_router(), options);
  auto client = connect(*server);
  REQUIRE(client.send("POST /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf"));
  CHECK(client.closed());
}

TEST_CASE("a question about an upload ends what is under way to it and counts what came") {
  Router router;
  std::atomic<std::size_t> kept{0};
  router.add("PATCH", "/upload/{id}", text_handler("whole"));
  router.add_cut(
      "PATCH", "/upload/{id}",
      [&kept](const Request& request, const std::shared_ptr<const void>&) { kept = request.body.size(); });
  router.add("HEAD", "/upload/{id}", [&kept](const Request&, const Respond& respond) {
    respond({200, {{"Upload-Offset", std::to_string(kept)}}, {}});
  });
  const auto server = start(std::move(router));
  auto silent = connect(*server);
  REQUIRE(silent.send("PATCH /upload/7 HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n" +
                      std::string(40'000, 'p')));
  auto asking = connect(*server);
  const auto ask = [&asking](const std::string& path) {
    REQUIRE(asking.send("HEAD " + path + " HTTP/1.1\r\nHost: a\r\n\r\n"));
    const auto answer = asking.read_answer(true);
    REQUIRE(answer.has_value());
    return *answer->header("upload-offset");
  };
  CHECK(ask("/upload/8") == "0");
  // The first questions may come before the first byte of the body.
  std::string offset = "0";
  for (int questions = 0; questions < 1000 && offset == "0"; ++questions) offset = ask("/upload/7");
  CHECK(std::stoul(offset) > 0);
  CHECK(std::stoul(offset) <= 40'000);
  CHECK(silent.closed());
}

TEST_CASE("a body that arrives too slowly ends the connection") {
  ServerOptions options;
  options.limits.body_timeout = milliseconds{200};
  const auto server = start(hello_router(), options);
  RawOptions impatient;
  impatient.timeout = milliseconds{5};
  auto client = connect(*server, impatient);
  REQUIRE(client.send("POST /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n"));
  int sent = 0;
  while (sent < 60'000 && !client.closed() && client.send("x")) ++sent;
  CHECK(sent < 60'000);
  CHECK(server->counters().requests_total == 1);
  CHECK_FALSE(client.read_answer().has_value());
}

TEST_CASE("half a request behind a whole one has the same time as any header") {
  ServerOptions options;
  options.limits.header_timeout = milliseconds{200};
  const auto server = start(hello_router(), options);
  auto client = connect(*server);
  REQUIRE(client.send(raw_request("GET", "/hello") + "GET /hello HTTP/1.1\r\nHost:"));
  CHECK(client.read_answer().value().status == 200);
  CHECK(client.closed());
}

TEST_CASE("an idle connection is closed after its answer") {
  ServerOptions options;
  options.limits.idle_timeout = milliseconds{200};
  const auto server = start(hello_router(), options);
  auto client = connect(*server);
  REQUIRE(client.send(raw_request("GET", "/hello")));
  CHECK(client.read_answer().value().status == 200);
  CHECK(client.closed());
}

TEST_CASE("a client that never reads its answer is dropped") {
  Router router;
  router.add("GET", "/large", text_handler(std::string(32 * 1024 * 1024, 'x')));
  ServerOptions options;
  options.limits.write_timeout = milliseconds{200};
  const auto server = start(std::move(router), options);
  auto client = connect(*server);
  REQUIRE(client.send(raw_request("GET", "/large")));
  const auto head = client.read_head();
  REQUIRE(head.has_value());
  CHECK(eventually(*server, {}, [&server] { return server->counters().connections_open == 1; }));
}

TEST_CASE("one connection too many gets 503 with Retry-After") {
  ServerOptions options;
  options.limits.connections = 2;
  const auto server = start(hello_router(), options);
  auto first = connect(*server);
  auto second = connect(*server);
  for (auto* client : {&first, &second}) {
    REQUIRE(client->send(raw_request("GET", "/hello")));
    CHECK(client->read_answer().value().status == 200);
  }
  auto third = connect(*server);
  REQUIRE(third.send(raw_request("GET", "/hello")));
  const auto answer = third.read_answer();
  REQUIRE(answer.has_value());
  CHECK(answer->status == 503);
  CHECK(answer->header("retry-after") == "5");
  CHECK(third.closed());
}

TEST_CASE("stopping lets the request under way finish and refuses new ones") {
  Parked parked;
  Router router;
  router.add("GET", "/slow", parked.handler());
  const auto server = start(std::move(router));
  auto idle = connect(*server);
  auto client = connect(*server);
  REQUIRE(client.send(raw_request("GET", "/slow")));
  const auto respond = parked.take();
  std::thread stopper([&server] { server->stop(std::chrono::seconds{10}); });
  CHECK(idle.closed());  // the drain has begun
  respond(Response::binary("text/plain", "finished"));
  const auto answer = client.read_answer();
  stopper.join();
  REQUIRE(answer.has_value());
  CHECK(answer->body == "finished");
  CHECK(answer->header("connection") == "close");
  CHECK(client.closed());
  CHECK_FALSE(RawClient::connect("127.0.0.1", server->port()).ok());
  CHECK(server->counters().connections_open == 0);
}

TEST_CASE("a handler that never answers does not keep the server from stopping") {
  Parked parked;
  Respond kept;
  Router router;
  router.add("GET", "/slow", parked.handler());
  {
    const auto server = start(std::move(router));
    auto client = connect(*server);
    REQUIRE(client.send(raw_request("GET", "/slow")));
    kept = parked.take();
    server->stop(milliseconds{0});
    CHECK(server->counters().connections_open == 0);
    CHECK(client.closed());
  }
  kept(Response::json(200, "{}"));  // after the end of the server: without effect
}

TEST_CASE("a thousand connections leave nothing behind") {
  const auto server = start(hello_router());
  for (int i = 0; i < 1'000; ++i) REQUIRE(ask(*server, raw_request("GET", "/hello")).status == 200);
  server->stop(std::chrono::seconds{10});
  const auto counters = server->counters();
  CHECK(counters.connections_total == 1'000);
  CHECK(counters.requests_total == 1'000);
  CHECK(counters.requests_refused == 0);
  CHECK(counters.connections_open == 0);
}

}  // namespace
}  // namespace doudi::http::test
