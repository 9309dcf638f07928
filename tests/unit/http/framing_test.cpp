// The framing rules (reliability.md finding 6): each malformed form gets one answer, then the end, and what
// is hidden behind it never becomes a request.
#include <atomic>
#include <string>
#include <vector>

#include "tests/unit/http/server_fixture.hpp"

namespace doudi::http::test {
namespace {

struct FramingCase {
  std::string name;
  int status;
  std::string bytes;  // what stands before the hidden request
};

std::string post(const std::string& headers, const std::string& body = {}) {
  return "POST /open HTTP/1.1\r\nHost: 127.0.0.1\r\n" + headers + "\r\n" + body;
}

const std::vector<FramingCase>& malformed_cases() {
  using namespace std::string_literals;
  static const std::vector<FramingCase> kCases{
      {"gzip as the only transfer encoding", 400, post("Transfer-Encoding: gzip\r\n")},
      {"chunked before gzip", 400, post("Transfer-Encoding: chunked, gzip\r\n")},
      {"gzip before chunked", 400, post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")},
      {"chunked twice in one line", 400, post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n")},
      {"chunked twice in two lines", 400,
       post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
      {"empty transfer encoding", 400, post("Transfer-Encoding:\r\n")},
      {"identity as transfer encoding", 400, post("Transfer-Encoding: identity\r\n")},
      {"quoted chunked", 400, post("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n")},
      {"chunked with a parameter", 400, post("Transfer-Encoding: chunked;q=1\r\n", "0\r\n\r\n")},
      {"chunked and a length", 400, post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n")},
      {"a length and chunked", 400, post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
      {"a plain chunked body", 411, post("Transfer-Encoding: chunked\r\n", "0\r\n\r\n")},
      {"chunked in capital letters", 411, post("TRANSFER-ENCODING: CHUNKED\r\n", "0\r\n\r\n")},
      {"HTTP/1.0 with chunked", 400,
       "POST /open HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"two hosts", 400, post("Host: 127.0.0.1\r\n")},
      {"no host", 400, "GET /open HTTP/1.1\r\n\r\n"},
      {"no host in HTTP/1.0", 400, "GET /open HTTP/1.0\r\n\r\n"},
      {"an empty host", 400, "GET /open HTTP/1.1\r\nHost: \r\n\r\n"},
      {"a host with a path", 400, "GET /open HTTP/1.1\r\nHost: a/b\r\n\r\n"},
      {"a host with a user", 400, "GET /open HTTP/1.1\r\nHost: a@b\r\n\r\n"},
      {"two equal lengths", 400, post("Content-Length: 0\r\nContent-Length: 0\r\n")},
      {"two different lengths", 400, post("Content-Length: 0\r\nContent-Length: 50\r\n")},
      {"a list of lengths", 400, post("Content-Length: 0, 0\r\n")},
      {"a signed length", 400, post("Content-Length: +0\r\n")},
      {"a negative length", 400, post("Content-Length: -1\r\n")},
      {"a hexadecimal length", 400, post("Content-Length: 0x0\r\n")},
      {"an empty length", 400, post("Content-Length:\r\n")},
      {"a length with a space inside", 400, post("Content-Length: 0 0\r\n")},
      {"a folded header", 400, post("X-Note: a\r\n b\r\n")},
      {"a folded transfer encoding", 400, post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n")},
      {"a fold by tab", 400, post("X-Note: a\r\n\tb\r\n")},
      {"a fold right after the request line", 400, "GET /open HTTP/1.1\r\n X: y\r\nHost: a\r\n\r\n"},
      {"line feeds alone", 400, "GET /open HTTP/1.1\nHost: 127.0.0.1\n\n"},
      {"one line feed alone", 400, post("X-A: b\nContent-Length: 50\r\n")},
      {"a carriage return inside a value", 400, post("X-A: b\rContent-Length: 50\r\n")},
      {"NUL in a value", 400, post("X-A: b\0c\r\n"s)},
      {"NUL in a name", 400, post("X\0A: b\r\n"s)},
      {"a control character in a value", 400, post("X-A: b\x01\r\n")},
      {"a space before the colon", 400, post("Content-Length : 50\r\n")},
      {"a tab before the colon", 400, post("Transfer-Encoding\t: chunked\r\n")},
      {"a header without a name", 400, post(": value\r\n")},
      {"a header without a colon", 400, post("Content-Length\r\n")},
      {"a bracket in a header name", 400, post("X(A): b\r\n")},
      {"a byte over 127 in a header name", 400, post("X-\xc3\xa4: b\r\n")},
      {"version 2.0", 505, "GET /open HTTP/2.0\r\nHost: a\r\n\r\n"},
      {"version 1.2", 505, "GET /open HTTP/1.2\r\nHost: a\r\n\r\n"},
      {"version in small letters", 400, "GET /open http/1.1\r\nHost: a\r\n\r\n"},
      {"version with two digits", 400, "GET /open HTTP/1.10\r\nHost: a\r\n\r\n"},
      {"no version", 400, "GET /open\r\nHost: a\r\n\r\n"},
      {"two spaces in the request line", 400, "GET  /open HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"a space in the target", 400, "GET /open me HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"a tab in the request line", 400, "GET\t/open HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"a byte over 127 in the target", 400, "GET /\xe5\x85\x9c HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"a space before the method", 400, " GET /open HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"an empty line before the request", 400, "\r\nGET /open HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"a blank head", 400, "\r\n\r\n"},
      {"a method with a bracket", 400, "G[T /open HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"an absolute target of another host", 400, "GET http://b/open HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"an absolute target of another port", 400, "GET http://a:81/open HTTP/1.1\r\nHost: a:80\r\n\r\n"},
      {"an absolute target of another scheme", 400, "GET file://a/open HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"a target without a slash", 400, "GET open HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"an authority as target", 400, "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n"},
      {"an asterisk as target", 400, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"a length beyond the limit", 413, post("Content-Length: 4194305\r\n")},
      {"a length beyond 64 bits", 413, post("Content-Length: 18446744073709551617\r\n")},
  };
  return kCases;
}

TEST_CASE("a malformed head gets one answer, the end of the connection, and no handler") {
  std::atomic<int> reached{0};
  const Handler count = [&reached](const Request&, const Respond& respond) {
    ++reached;
    respond(Response::json(200, "{}"));
  };
  Router router;
  router.add("POST", "/open", count);
  router.add("GET", "/open", count);
  router.add("GET", "/admin/export", count);
  const auto server = start(std::move(router));
  for (const auto& malformed : malformed_cases()) {
    INFO(malformed.name);
    auto client = connect(*server);
    REQUIRE(client.send(malformed.bytes + raw_request("GET", "/admin/export")));
    const auto answer = client.read_answer();
    REQUIRE(answer.has_value());
    CHECK(answer->status == malformed.status);
    CHECK(answer->header("connection") == "close");
    CHECK(answer->header("content-type") == "application/problem+json");
    CHECK(client.closed());
    CHECK(reached == 0);
  }
  CHECK(server->counters().requests_refused == malformed_cases().size());
  CHECK(server->counters().requests_total == 0);
}

TEST_CASE("the framing check alone refuses the same heads") {
  for (const auto& malformed : malformed_cases()) {
    INFO(malformed.name);
    const auto end = malformed.bytes.find("\r\n\r\n");
    const auto refusal =
        check_framing(malformed.bytes.substr(0, end == std::string::npos ? end : end + 4), Limits{});
    REQUIRE(refusal.has_value());
    CHECK(refusal->status == malformed.status);
    CHECK_FALSE(refusal->reason.empty());
  }
}

TEST_CASE("well-formed heads pass the framing check") {
  for (const std::string head : {
           "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
           "GET / HTTP/1.0\r\nhost:a:8443\r\n\r\n",
           "GET /a?b=c%20d HTTP/1.1\r\nHost: [::1]:8443\r\nX-Empty:\r\nX-Tab: a\tb\r\n\r\n",
           "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
           "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 4194304\r\n\r\n",
           "POST /a HTTP/1.1\r\nHost: a\r\nX-Name: \xe5\x85\x9c\xe5\xba\x95\r\n\r\n",
           "GET HTTPS://District.Example:443/x HTTP/1.1\r\nHost: district.example:443\r\n\r\n",
       }) {
    INFO(head);
    CHECK_FALSE(check_framing(head, Limits{}).has_value());
  }
}

TEST_CASE("the header limit counts the whole head") {
  const auto head_of = [](std::size_t size) {
    const std::string start = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
    return start + std::string(size - start.size() - 4, 'x') + "\r\n\r\n";
  };
  CHECK_FALSE(check_framing(head_of(8 * 1024), Limits{}).has_value());
  const auto refusal = check_framing(head_of(8 * 1024 + 1), Limits{});
  REQUIRE(refusal.has_value());
  CHECK(refusal->status == 431);
}

}  // namespace
}  // namespace doudi::http::test
