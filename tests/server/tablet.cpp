// Builders fill every column a row must have; a test changes only what it is about.
#include "tests/server/tablet.hpp"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "shared/crypto/sealed_box.hpp"
#include "shared/sync/group_chain.hpp"
#include "shared/wire/outbox_record.hpp"
#include "shared/wire/request_signature.hpp"
#include "shared/wire/tus.hpp"

namespace doudi::test {
namespace {

sync::Operation insert(std::string table, const Uuid& id,
                       const std::vector<std::pair<std::string, Value>>& cells) {
  sync::Operation operation{std::move(table), id, sync::OperationKind::insert, {}};
  for (const auto& [column, value] : cells) operation.columns.push_back({column, Value{}, value});
  return operation;
}

// What the tablet's monotonic clock shows at the moment a test calls now.
constexpr std::int64_t kMonotonicNow = 400'000'000;

Value id_value(const Uuid& id) {
  return to_bytes(id.view());
}

}  // namespace

Uuid fresh_id() {
  return district::new_id(district::system_now());
}

Tablet::Tablet(DistrictFixture& district, const std::string& login)
    : fixture(district), client(district.connect()), key_(crypto::make_signing_key()) {
  const nlohmann::json body{
      {"code", fixture.new_code(login)}, {"public_key", to_base64url(key_.public_key)}, {"label", "tablet"}};
  const RawAnswer answer = ask(fixture, "POST", "/v1/enroll", body.dump());
  REQUIRE(answer.status == 200);
  const auto reply = nlohmann::json::parse(answer.body);
  device = *parse_uuid(reply["device_id"].get<std::string>());
  worker = *parse_uuid(reply["worker"]["id"].get<std::string>());
}

Tablet::Tablet(DistrictFixture& district, const Uuid& known, crypto::SigningKey key)
    : fixture(district), device(known), client(district.connect()), key_(std::move(key)) {}

std::string Tablet::fetch_nonce() {
  const RawAnswer answer = ask(fixture, "POST", "/v1/nonce", {}, {"doudi-device: " + to_string(device)});
  REQUIRE(answer.status == 200);
  return nlohmann::json::parse(answer.body)["nonce"];
}

std::string Tablet::signed_request(std::string_view target, std::string_view body, const std::string& nonce) {
  return signed_call("POST", target, body, nonce, {"Content-Type: application/x-doudi-frame"});
}

std::string Tablet::signed_call(std::string_view method, std::string_view target, std::string_view body,
                                const std::string& nonce, std::vector<std::string> headers) {
  constexpr std::string_view kChecksum = "Upload-Checksum: ";
  sync::Hash digest = crypto::sha256(as_bytes(body));
  for (const auto& header : headers)
    if (header.starts_with(kChecksum))
      digest = wire::parse_checksum(header.substr(kChecksum.size())).value_or(digest);
  const std::string text = wire::signed_text(method, target, digest, device, nonce);
  const auto signature = crypto::sign(key_, as_bytes(text));
  headers.insert(headers.end(), {"doudi-device: " + to_string(device), "doudi-nonce: " + nonce,
                                 "doudi-signature: " + to_base64url(signature)});
  return raw_request(method, target, body, headers);
}

RawAnswer Tablet::call(std::string_view target, const Bytes& body) {
  return call("POST", target, body, {"Content-Type: application/x-doudi-frame"});
}

RawAnswer Tablet::call(std::string_view method, std::string_view target, const Bytes& body,
                       const std::vector<std::string>& headers) {
  if (nonce_.empty()) nonce_ = fetch_nonce();
  REQUIRE(client.send(signed_call(method, target, as_text(body), nonce_, headers)));
  auto answer = client.read_answer(method == "HEAD");
  REQUIRE(answer.has_value());
  nonce_ = answer->header("doudi-next-nonce").value_or("");
  return *answer;
}

wire::PushReply Tablet::push(std::vector<sync::Group> groups) {
  const RawAnswer answer =
      call("/v1/sync/push", wire::encode(wire::Push{std::move(groups)}, &crypto::sha256));
  INFO(answer.body);
  REQUIRE(answer.status == 200);
  auto reply = wire::decode_push_reply(as_bytes(answer.body), &crypto::sha256);
  REQUIRE(reply.ok());
  return *reply;
}

wire::Page Tablet::pull(const wire::Cursors& cursors, std::uint32_t rows_max) {
  wire::Pull pull;
  pull.cursors = cursors;
  pull.rows_max = rows_max;
  const RawAnswer answer = call("/v1/sync/pull", wire::encode(pull, &crypto::sha256));
  REQUIRE(answer.status == 200);
  auto page = wire::decode_page(as_bytes(answer.body), &crypto::sha256);
  REQUIRE(page.ok());
  return *page;
}

wire::HelloReply Tablet::hello(std::uint64_t last_seq, const sync::Hash& hash) {
  wire::Hello hello;
  hello.last_seq = last_seq;
  hello.last_hash = hash;
  hello.program_version = "test";
  hello.purged = purged;
  hello.holds = holds;
  hello.set_aside = set_aside;
  hello.boot_id = "boot";
  hello.device_monotonic_ms = kMonotonicNow;
  hello.device_wall_ms = fixture.district().now().ms;
  const RawAnswer answer = call("/v1/sync/hello", wire::encode(hello, &crypto::sha256));
  REQUIRE(answer.status == 200);
  auto reply = wire::decode_hello_reply(as_bytes(answer.body), &crypto::sha256);
  REQUIRE(reply.ok());
  return *reply;
}

sync::Group Tablet::group(std::vector<sync::Operation> operations, sync::Lane lane) {
  sync::Group group;
  group.seq = ++seq_;
  group.previous = last_hash_;
  group.assignment_version = assigned;
  group.schema_version = schema_version;
  group.lane = lane;
  group.device_wall_ms = fixture.district().now().ms;
  group.boot_id = "boot";
  group.operations = std::move(operations);
  last_hash_ = sync::group_hash(group, &crypto::sha256);
  return group;
}

Bytes Tablet::outbox(const std::vector<sync::Group>& groups) const {
  Bytes content = to_bytes(as_bytes(wire::kOutboxMagic));
  const auto reader = fixture.district().store().read();
  REQUIRE(reader.ok());
  const auto office = from_hex(*district::read_setting(**reader, "recovery_public"));
  REQUIRE(office);
  for (const sync::Group& group : groups) {
    wire::OutboxRecord record{device, {}, wire::encode(wire::Push{{group}}, &crypto::sha256)};
    const auto signature = crypto::sign(key_, wire::outbox_signed_bytes(device, record.frame));
    record.signature.assign(signature.begin(), signature.end());
    const auto sealed = crypto::seal_to(*office, wire::encode(record), as_bytes(wire::kOutboxPurpose));
    REQUIRE(sealed.ok());
    const Bytes bytes = wire::outbox_file_record(*sealed);
    content.insert(content.end(), bytes.begin(), bytes.end());
  }
  return content;
}

sync::Operation visit_row(const Tablet& tablet, const Uuid& grid, const Uuid& household, const Uuid& id) {
  return insert("visit", id,
                {{"grid", id_value(grid)},
                 {"household", id_value(household)},
                 {"worker", id_value(tablet.worker)},
                 {"seen_at", tablet.fixture.district().now().ms},
                 {"monotonic_ms", kMonotonicNow},
                 {"boot_id", std::string("boot")},
                 {"mode", std::string("in_person")},
                 {"outcome", std::string("met")},
                 {"form", std::string("visit-v1")},
                 {"form_version", std::int64_t{1}},
                 {"leaflet_given", std::int64_t{0}},
                 {"leaflet_posted", std::int64_t{0}}});
}

sync::Operation lead_row(const Tablet& tablet, const Uuid& grid, const Uuid& household, const Uuid& person,
                         Instant found_at, int grade, const Uuid& id) {
  return insert("lead", id,
                {{"grid", id_value(grid)},
                 {"household", id_value(household)},
                 {"person", id_value(person)},
                 {"worker", id_value(tablet.worker)},
                 {"source", std::string("visit")},
                 {"category", std::string("急难·断粮")},
                 {"grade_rule", std::int64_t{grade}},
                 {"rule_set", std::string("triage-1")},
                 {"found_at", found_at.ms},
                 {"monotonic_ms", kMonotonicNow - (tablet.fixture.district().now().ms - found_at.ms)},
                 {"boot_id", std::string("boot")},
                 {"description", std::string("家中已经没有吃的")},
                 {"restricted", std::int64_t{0}},
                 {"state", std::string("queued")}});
}

sync::Operation change(std::string table, const Uuid& row, std::string column, Value base, Value next) {
  sync::Operation operation{std::move(table), row, sync::OperationKind::update, {}};
  operation.columns.push_back({std::move(column), std::move(base), std::move(next)});
  return operation;
}

}  // namespace doudi::test
