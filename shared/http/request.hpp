// From an accepted raw head to a Request. Inside this layer only.
#pragma once

#include <cstdint>
#include <string_view>

#include "shared/base/result.hpp"
#include "shared/http/server.hpp"

namespace doudi::http {

struct ParsedHead {
  Request request;  // without body and remote end
  std::uint64_t content_length = 0;
  bool keep_alive = false;
  bool expects_continue = false;
};

// `raw_head` passed check_framing. Errors: "http.framing" when Beast reads it differently (the connection
// cannot go on), "http.target" for a broken percent encoding.
Result<ParsedHead> parse_head(std::string_view raw_head);

}  // namespace doudi::http
