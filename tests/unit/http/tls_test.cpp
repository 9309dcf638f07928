// TLS 1.3 only, with the district's own authority; and plain HTTP never beyond loopback.
#include <future>

#include "tests/unit/http/server_fixture.hpp"
#include "tests/unit/http/test_identity.hpp"

namespace doudi::http::test {
namespace {

std::unique_ptr<Server> start_tls(const TestIdentity& identity, Limits limits = {}) {
  Router router;
  router.add("POST", "/echo", [](const Request& request, const Respond& respond) {
    respond(Response::binary("text/plain", request.body));
  });
  ServerOptions options;
  options.tls = identity.server;
  options.limits = limits;
  return start(std::move(router), std::move(options));
}

RawOptions trusting(const std::string& ca_pem) {
  RawOptions options;
  options.ca_pem = ca_pem;
  return options;
}

TEST_CASE("requests run over TLS with keep-alive and large bodies") {
  const auto identity = make_identity();
  const auto server = start_tls(identity);
  auto client = connect(*server, trusting(identity.ca_pem));
  for (const std::size_t size : {1U, 100'000U, 2'000'000U}) {
    const std::string body(size, 'v');
    REQUIRE(client.send(raw_request("POST", "/echo", body)));
    CHECK(client.read_answer().value().body == body);
  }
  REQUIRE(client.send("broken\r\n\r\n"));
  CHECK(client.read_answer().value().status == 400);
  CHECK(client.closed());
}

TEST_CASE("a client that trusts another authority refuses the server") {
  const auto server = start_tls(make_identity());
  const auto client = RawClient::connect("127.0.0.1", server->port(), trusting(make_identity().ca_pem));
  REQUIRE_FALSE(client.ok());
  CHECK(client.error().code == "raw.tls");
}

TEST_CASE("a client that speaks only TLS 1.2 is refused") {
  const auto identity = make_identity();
  const auto server = start_tls(identity);
  auto options = trusting(identity.ca_pem);
  options.only_tls_1_2 = true;
  const auto client = RawClient::connect("127.0.0.1", server->port(), options);
  REQUIRE_FALSE(client.ok());
  CHECK(client.error().code == "raw.tls");
}

TEST_CASE("plain HTTP on the TLS port ends without an answer and without hanging") {
  const auto server = start_tls(make_identity());
  auto client = connect(*server);
  REQUIRE(client.send(raw_request("POST", "/echo", "plain")));
  CHECK_FALSE(client.read_answer().has_value());
  CHECK(server->counters().requests_total == 0);
}

TEST_CASE("events run over TLS and end when the reader leaves") {
  const auto identity = make_identity();
  std::promise<std::shared_ptr<EventStream>> opened;
  Router router;
  router.add_stream("/events", {}, [&opened](const Request&, std::shared_ptr<EventStream> stream) {
    opened.set_value(std::move(stream));
  });
  ServerOptions options;
  options.tls = identity.server;
  const auto server = start(std::move(router), options);
  std::shared_ptr<EventStream> stream;
  {
    auto client = connect(*server, trusting(identity.ca_pem));
    REQUIRE(client.send(raw_request("GET", "/events")));
    REQUIRE(client.read_head().has_value());
    stream = opened.get_future().get();
    for (int i = 0; i < 200; ++i) stream->send("", std::to_string(i));
    for (int i = 0; i < 200; ++i) CHECK(client.read_until("\n\n") == "data: " + std::to_string(i) + "\n\n");
  }
  CHECK(eventually(*server, trusting(identity.ca_pem), [&stream] { return !stream->open(); }));
}

TEST_CASE("one TLS connection too many gets 503 too") {
  const auto identity = make_identity();
  Limits limits;
  limits.connections = 1;
  const auto server = start_tls(identity, limits);
  auto first = connect(*server, trusting(identity.ca_pem));
  REQUIRE(first.send(raw_request("POST", "/echo", "x")));
  CHECK(first.read_answer().value().status == 200);
  auto second = connect(*server, trusting(identity.ca_pem));
  CHECK(second.read_answer().value().status == 503);
  CHECK(second.closed());
}

TEST_CASE("a client that never starts its handshake is closed") {
  Limits limits;
  limits.header_timeout = std::chrono::milliseconds{200};
  const auto server = start_tls(make_identity(), limits);
  auto client = connect(*server);
  CHECK(client.closed());
}

TEST_CASE("plain HTTP is refused on any address but loopback") {
  for (const std::string address : {"0.0.0.0", "192.0.2.1", "::"}) {
    ServerOptions options;
    options.address = address;
    const auto server = Server::start(options, Router(), {});
    REQUIRE_FALSE(server.ok());
    CHECK(server.error().code == "http.plain_refused");
  }
}

TEST_CASE("a key of another certificate, a broken chain and a taken port are start errors") {
  const auto start_with = [](ServerOptions options) {
    const auto server = Server::start(std::move(options), Router(), {});
    REQUIRE_FALSE(server.ok());
    return server.error().code;
  };
  ServerOptions options;
  options.tls = make_identity().server;
  options.tls->private_key_pem = make_identity().server.private_key_pem;
  CHECK(start_with(options) == "http.private_key");
  options.tls->certificate_chain_pem = "none";
  CHECK(start_with(options) == "http.certificate");
  ServerOptions named;
  named.address = "localhost";
  CHECK(start_with(named) == "http.address");
  const auto running = start(Router());
  ServerOptions second;
  second.port = running->port();
  CHECK(start_with(second) == "http.bind");
}

}  // namespace
}  // namespace doudi::http::test
