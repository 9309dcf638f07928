// keys.json: which algorithms wrap the data key, with what cost. Nothing in it is secret without PIN and
// device secret.
#pragma once

#include <string>
#include <string_view>

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/crypto/crypto.hpp"

namespace doudi::field {

struct KeyRecord {
  crypto::ScryptCost cost;
  Bytes salt;
  Bytes wrapped;  // AES-256-GCM of the data key
};

std::string to_json(const KeyRecord& record);
// Error "keys.damaged".
Result<KeyRecord> parse_key_record(std::string_view text);

}  // namespace doudi::field
