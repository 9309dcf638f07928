#include "field_client/client/enrolment.hpp"

#include <charconv>

#include <nlohmann/json.hpp>

#include "field_client/net/device_client.hpp"
#include "shared/wire/bounded_json.hpp"

namespace doudi::field {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kSecretCharacters = 10;
constexpr std::size_t kFingerprintCharacters = 16;
constexpr std::size_t kAnswerBytesMax = 256 * 1024;

// Letters that look like digits are read as digits, as on a form filled in by hand.
std::string plain_characters(std::string_view text) {
  std::string plain;
  for (char c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    if (c == 'I' || c == 'L') c = '1';
    if (c == 'O') c = '0';
    if (kAlphabet.find(c) != std::string_view::npos)
      plain.push_back(c);
    else if (c != '-' && c != ' ')
      return {};
  }
  return plain;
}

Bytes from_base32(std::string_view text) {
  Bytes bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    bits = bits << 5U | static_cast<std::uint32_t>(kAlphabet.find(c));
    count += 5;
    if (count < 8) continue;
    count -= 8;
    bytes.push_back(static_cast<std::uint8_t>(bits >> static_cast<unsigned>(count)));
  }
  return bytes;
}

}  // namespace

Result<EnrolmentCode> parse_enrolment_code(std::string_view text) {
  const std::string plain = plain_characters(text);
  if (plain.size() != kSecretCharacters + kFingerprintCharacters)
    return Error{"enroll.code_form", "the code has 26 characters: XXXXX-XXXXX-XXXXXXXXXXXXXXXX"};
  return EnrolmentCode{plain.substr(0, 5) + "-" + plain.substr(5, 5),
                       from_base32(std::string_view(plain).substr(kSecretCharacters))};
}

Result<Address> parse_address(std::string_view url) {
  const Error wrong{"net.url", "the server's address looks like https://host:8443"};
  Address address;
  if (url.starts_with("https://"))
    url.remove_prefix(8);
  else if (url.starts_with("http://"))
    address.secure = false, address.port = 80, url.remove_prefix(7);
  else
    return wrong;
  if (url.ends_with('/')) url.remove_suffix(1);
  const auto colon = url.rfind(':');
  address.host = std::string(url.substr(0, colon));
  if (colon != std::string_view::npos) {
    const std::string_view digits = url.substr(colon + 1);
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), address.port);
    if (failure != std::errc{} || end != digits.data() + digits.size()) return wrong;
  }
  if (address.host.empty() || address.host.find('/') != std::string::npos) return wrong;
  return address;
}

Result<EnrolmentAnswer> ask_to_enroll(Transport& transport, const EnrolmentCode& code, ByteView public_key,
                                      const std::string& label) {
  const std::string body = nlohmann::json{
      {"code", code.secret},
      {"public_key", to_base64url(public_key)},
      {"label", label}}.dump();
  const HttpRequest request{"POST", "/v1/enroll", {}, "application/json", to_bytes(as_bytes(body))};
  DOUDI_ASSIGN(const HttpResponse response, transport.send(request));
  if (response.status != 200) return refusal_of(response);
  DOUDI_TRY(wire::check_json(as_text(response.body), kAnswerBytesMax));
  try {
    const auto document = nlohmann::json::parse(as_text(response.body));
    const auto device = parse_uuid(document.at("device_id").get<std::string>());
    const auto worker = parse_uuid(document.at("worker").at("id").get<std::string>());
    if (!device || !worker) return Error{"wire.message", "the district's answer has no identity"};
    return EnrolmentAnswer{*device,
                           *worker,
                           document.at("worker").at("name").get<std::string>(),
                           document.at("pack").get<std::string>(),
                           document.at("epoch").get<std::string>(),
                           document.value("district", std::string()),
                           document.value("district_name", std::string())};
  } catch (const nlohmann::json::exception&) {
    return Error{"wire.message", "the district's answer cannot be read"};
  }
}

Status keep_identity(Store& store, const EnrolmentAnswer& answer, const crypto::SigningKey& key) {
  return store.apply([&](RowWriter&) -> Status {
    DOUDI_TRY(store.set_setting("device", sql::to_value(answer.device)));
    DOUDI_TRY(store.set_setting("signing_private", Value{to_bytes(key.private_key.view())}));
    DOUDI_TRY(store.set_setting("signing_public", sql::to_value(ByteView(key.public_key))));
    DOUDI_TRY(store.set_setting("worker", Value{to_string(answer.worker)}));
    DOUDI_TRY(store.set_setting("worker_name", Value{answer.worker_name}));
    DOUDI_TRY(store.set_setting("pack", Value{answer.pack}));
    DOUDI_TRY(store.set_setting("district", Value{answer.district}));
    DOUDI_TRY(store.set_setting("district_name", Value{answer.district_name}));
    DOUDI_ASSIGN(const auto epoch, store.setting("epoch"));
    return epoch ? Status{} : store.set_setting("epoch", Value{answer.epoch});
  });
}

}  // namespace doudi::field
