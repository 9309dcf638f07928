// Server-sent events: delivery, heartbeat, both ends of the stream, and readers that are too slow.
#include <condition_variable>
#include <mutex>

#include "shared/http/event_stream.hpp"
#include "tests/unit/http/server_fixture.hpp"

namespace doudi::http::test {
namespace {

// Hands the stream from the io thread to the test.
class StreamBox {
 public:
  void put(std::shared_ptr<EventStream> stream) {
    const std::lock_guard lock(mutex_);
    stream_ = std::move(stream);
    arrived_.notify_all();
  }
  std::shared_ptr<EventStream> take() {
    std::unique_lock lock(mutex_);
    REQUIRE(arrived_.wait_for(lock, std::chrono::seconds{10}, [this] { return stream_ != nullptr; }));
    return std::exchange(stream_, nullptr);
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::shared_ptr<EventStream> stream_;
};

Router stream_router(StreamBox& box) {
  Router router;
  router.add_stream(
      "/events",
      [](const Request& request) -> std::optional<Response> {
        if (request.header("x-token") == "right") return std::nullopt;
        return problem(401, {"gate.token", "no token"});
      },
      [&box](const Request&, std::shared_ptr<EventStream> stream) { box.put(std::move(stream)); });
  return router;
}

RawClient subscribe(const Server& server) {
  auto client = connect(server);
  REQUIRE(client.send(raw_request("GET", "/events", {}, {"X-Token: right"})));
  const auto head = client.read_head();
  REQUIRE(head.has_value());
  CHECK(head->status == 200);
  CHECK(head->header("content-type") == "text/event-stream");
  CHECK_FALSE(head->header("content-length").has_value());
  return client;
}

TEST_CASE("events reach the reader in order and in wire form") {
  StreamBox box;
  const auto server = start(stream_router(box));
  auto client = subscribe(*server);
  const auto stream = box.take();
  stream->send("visit", "line one\nline two", "7");
  CHECK(client.read_until("\n\n") == "id: 7\nevent: visit\ndata: line one\ndata: line two\n\n");
  for (int i = 0; i < 50; ++i) stream->send("", std::to_string(i));
  for (int i = 0; i < 50; ++i) CHECK(client.read_until("\n\n") == "data: " + std::to_string(i) + "\n\n");
  stream->close();
  CHECK(client.closed());
}

TEST_CASE("a stream is refused by its own gate and by another method") {
  StreamBox box;
  const auto server = start(stream_router(box));
  CHECK(ask(*server, raw_request("GET", "/events")).status == 401);
  const auto answer = ask(*server, raw_request("POST", "/events", "x", {"X-Token: right"}));
  CHECK(answer.status == 405);
  CHECK(answer.header("allow") == "GET");
}

TEST_CASE("a quiet stream carries a heartbeat comment") {
  StreamBox box;
  ServerOptions options;
  options.limits.heartbeat = std::chrono::milliseconds{20};
  const auto server = start(stream_router(box), options);
  auto client = subscribe(*server);
  const auto stream = box.take();
  CHECK(client.read_until("\n\n") == ":\n\n");
  CHECK(client.read_until("\n\n") == ":\n\n");
  CHECK(stream->open());
}

TEST_CASE("events queued before the close still arrive") {
  StreamBox box;
  const auto server = start(stream_router(box));
  auto client = subscribe(*server);
  const auto stream = box.take();
  stream->send("last", "word");
  stream->close();
  CHECK(client.read_until("\n\n") == "event: last\ndata: word\n\n");
  CHECK(client.closed());
}

TEST_CASE("a reader that leaves closes the stream") {
  StreamBox box;
  const auto server = start(stream_router(box));
  std::shared_ptr<EventStream> stream;
  {
    auto client = subscribe(*server);
    stream = box.take();
    CHECK(stream->open());
  }
  CHECK(eventually(*server, {}, [&stream] { return !stream->open(); }));
  stream->send("after", "the end");
}

TEST_CASE("stopping the server ends its streams") {
  StreamBox box;
  const auto server = start(stream_router(box));
  auto client = subscribe(*server);
  const auto stream = box.take();
  server->stop(std::chrono::seconds{10});
  CHECK(client.closed());
  CHECK_FALSE(stream->open());
}

TEST_CASE("a reader that stops reading is dropped when the queue is full") {
  StreamBox box;
  const auto server = start(stream_router(box));
  auto client = subscribe(*server);
  const auto stream = box.take();
  const std::string data(64 * 1024, 'x');
  int sent = 0;
  while (stream->open() && sent < 10'000) {
    stream->send("", data);
    ++sent;
  }
  CHECK_FALSE(stream->open());
  CHECK(sent < 10'000);
}

TEST_CASE("the event queue holds 1,024 events and says when it overflows") {
  int woken = 0;
  EventQueue queue([&woken] { ++woken; });
  for (int i = 0; i < 1'024; ++i) queue.send("", "x");
  CHECK(queue.open());
  queue.send("", "one too many");
  CHECK_FALSE(queue.open());
  CHECK(queue.overflowed());
  CHECK(queue.take().empty());
  CHECK(woken == 1'025);
}

TEST_CASE("an event cannot be split by its own text") {
  EventQueue queue([] {});
  queue.send("a\nevent: b", "x\r\ndata: y", "1\n2");
  CHECK(queue.take() == "id: 1 2\nevent: a event: b\ndata: x \ndata: data: y\n\n");
}

}  // namespace
}  // namespace doudi::http::test
