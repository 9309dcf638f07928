// The enrolment code and the district's answer to it.
#pragma once

#include <string>
#include <string_view>

#include "field_client/net/transport.hpp"
#include "field_client/store/store.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/ids.hpp"
#include "shared/base/result.hpp"

namespace doudi::field {

// XXXXX-XXXXX-YYYYYYYYYYYYYYYY in Crockford's base32: the secret part and the first ten bytes of the
// authority's fingerprint.
struct EnrolmentCode {
  std::string secret;
  Bytes fingerprint;
};
// Error "enroll.code_form".
Result<EnrolmentCode> parse_enrolment_code(std::string_view text);

struct Address {
  bool secure = true;
  std::string host;
  std::uint16_t port = 443;
};
// Error "net.url".
Result<Address> parse_address(std::string_view url);

struct EnrolmentAnswer {
  Uuid device;
  Uuid worker;
  std::string worker_name, pack, epoch, district, district_name;
};
// Errors "enroll.*", "net.*", "wire.message".
Result<EnrolmentAnswer> ask_to_enroll(Transport& transport, const EnrolmentCode& code, ByteView public_key,
                                      const std::string& label);

// Keeps who this tablet is from now on. A store that was used under another identity keeps its records and
// its epoch: at the next greeting it offers all of them.
Status keep_identity(Store& store, const EnrolmentAnswer& answer, const crypto::SigningKey& key);

}  // namespace doudi::field
