// keys.json: which algorithms wrap the data key, with what cost. Nothing in it is secret without PIN and
// device secret. While a key change is being finished it names the next key beside the one of now.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/crypto/crypto.hpp"

namespace doudi::field {

struct KeyWrap {
  crypto::ScryptCost cost;
  Bytes salt;
  Bytes wrapped;  // AES-256-GCM of the data key
};

// With `next` it is version 2, which programs that know no key change refuse: its files are being moved.
struct KeyRecord {
  KeyWrap current;
  std::optional<KeyWrap> next;
};

std::string to_json(const KeyRecord& record);
// Errors "keys.damaged", "keys.newer".
Result<KeyRecord> parse_key_record(std::string_view text);

}  // namespace doudi::field
