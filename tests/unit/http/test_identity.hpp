// A certificate authority and a server certificate for 127.0.0.1, made anew for each test run.
#pragma once

#include <string>

#include "shared/http/server.hpp"

namespace doudi::http::test {

struct TestIdentity {
  std::string ca_pem;
  TlsIdentity server;
};
TestIdentity make_identity();

}  // namespace doudi::http::test
