// A running server on a free loopback port and short ways to talk to it.
#pragma once

#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "shared/http/server.hpp"
#include "tests/support/raw_http.hpp"

namespace doudi::http::test {

using doudi::test::raw_request;
using doudi::test::RawAnswer;
using doudi::test::RawClient;
using doudi::test::RawOptions;

inline std::unique_ptr<Server> start(Router router, ServerOptions options = {}, Gate gate = {}) {
  auto server = Server::start(std::move(options), std::move(router), std::move(gate));
  REQUIRE(server.ok());
  return std::move(server).value();
}

inline RawClient connect(const Server& server, RawOptions options = {}) {
  auto client = RawClient::connect("127.0.0.1", server.port(), std::move(options));
  REQUIRE(client.ok());
  return std::move(client).value();
}

// One request on a connection of its own.
inline RawAnswer ask(const Server& server, std::string_view request) {
  auto client = connect(server);
  REQUIRE(client.send(request));
  auto answer = client.read_answer(request.starts_with("HEAD "));
  REQUIRE(answer.has_value());
  return *answer;
}

// Keeps the server at work with other requests until `holds`, or gives up after many.
inline bool eventually(const Server& server, RawOptions options, const std::function<bool()>& holds) {
  auto client = connect(server, std::move(options));
  for (int i = 0; i < 50'000 && !holds(); ++i) {
    if (!client.send(raw_request("GET", "/nothing/here")) || !client.read_answer()) return false;
  }
  return holds();
}

inline Handler text_handler(std::string text) {
  return [text = std::move(text)](const Request&, const Respond& respond) {
    respond(Response::binary("text/plain", text));
  };
}

}  // namespace doudi::http::test
