// The bytes of an answer. Inside this layer only.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "shared/http/server.hpp"

namespace doudi::http {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

struct AnswerForm {
  bool head_only = false;  // answer to HEAD: lengths as for GET, no body
  bool keep_alive = true;
  bool streaming = false;  // no length; the end of the connection ends the body
};

// Status line, headers and body. `defaults` are added where the response does not set the same header itself.
// Control characters in header values become spaces, so no handler can split an answer.
std::string to_wire(const Response& response, const HeaderList& defaults, AnswerForm form);

// What the server answers by itself: no free connection, a handler that failed.
Response busy();
Response internal_error();

}  // namespace doudi::http
