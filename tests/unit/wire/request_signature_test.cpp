// What a device signs: every part changes the text.
#include "shared/wire/request_signature.hpp"

#include <catch2/catch_test_macros.hpp>

#include "shared/crypto/crypto.hpp"

namespace doudi::wire {
namespace {

const Uuid kDevice = *parse_uuid("0197a000-0000-7000-8000-000000000001");

std::string text_of(std::string_view method, std::string_view target, std::string_view body,
                    const Uuid& device, std::string_view nonce) {
  return signed_text(method, target, as_bytes(body), device, nonce, crypto::sha256);
}

TEST_CASE("the signed text is exactly as documented") {
  CHECK(text_of("POST", "/v1/sync/push", "", kDevice, "n1") ==
        "doudi-sign-1\nPOST\n/v1/sync/push\n"
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"
        "0197a000-0000-7000-8000-000000000001\nn1\n");
}

TEST_CASE("every part of a request is under the signature") {
  const std::string base = text_of("POST", "/a", "body", kDevice, "n1");
  CHECK(text_of("GET", "/a", "body", kDevice, "n1") != base);
  CHECK(text_of("POST", "/b", "body", kDevice, "n1") != base);
  CHECK(text_of("POST", "/a", "bodz", kDevice, "n1") != base);
  CHECK(text_of("POST", "/a", "body", Uuid{}, "n1") != base);
  CHECK(text_of("POST", "/a", "body", kDevice, "n2") != base);
}

}  // namespace
}  // namespace doudi::wire
