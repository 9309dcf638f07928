// A one-use code turns a tablet into a device of the district: 50 random bits, ten minutes, five tries,
// stored hashed, followed by the fingerprint of the district authority so that the tablet knows whom it talks
// to.
#pragma once

#include <string>

#include "shared/base/ids.hpp"
#include "shared/base/instant.hpp"
#include "shared/sql/connection.hpp"
#include "sync_server/auth/device_registry.hpp"

namespace doudi::district {

struct EnrolmentCode {
  std::string text;  // "XXXXX-XXXXX-FFFFFFFFFFFFFFFF"
  Instant expires_at;
};
// Inside the caller's transaction. "account.unknown", "enroll.not_a_worker".
Result<EnrolmentCode> make_enrolment_code(sql::Connection& connection, const std::string& login, Instant now);

struct EnrolmentRequest {
  std::string code;  // with or without the fingerprint
  Bytes public_key;
  std::string label;
};
// What the transaction ends in: a wrong code must be counted, so a refusal is a value and is committed.
struct EnrolmentOutcome {
  std::optional<Device> device;
  Error refusal;
};
Status enrol(sql::Connection& connection, const EnrolmentRequest& request, Instant now,
             EnrolmentOutcome& outcome);

}  // namespace doudi::district
