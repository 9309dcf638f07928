// Blocking calls in the tablet's own thread: what is measured is the server, and the machine decides when, so
// the load is the one that real tablets make.
#include "tools/load/tablet.hpp"

#include <deque>
#include <thread>

#include <nlohmann/json.hpp>

#include "shared/sync/group_chain.hpp"
#include "shared/wire/request_signature.hpp"

namespace doudi::load {
namespace {

constexpr std::size_t kBatchGroupsMax = 200;
constexpr std::size_t kBatchOperationsMax = 1500;
constexpr std::uint32_t kPageRowsMax = 2000;
constexpr std::chrono::seconds kAnswerPatience{60};

Uuid fresh_id() {
  std::array<std::uint8_t, 10> random{};
  crypto::random_bytes(random);
  return make_uuid_v7(Instant{1'790'000'000'000}, random);
}

sync::Operation insert(const char* table, const Uuid& id,
                       const std::vector<std::pair<std::string, Value>>& cells) {
  sync::Operation operation{table, id, sync::OperationKind::insert, {}};
  for (const auto& [column, value] : cells) operation.columns.push_back({column, Value{}, value});
  return operation;
}

Value id_value(const Uuid& id) {
  return to_bytes(id.view());
}

std::int64_t wall_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

Error refusal_of(const test::RawAnswer& answer) {
  const auto document = nlohmann::json::parse(answer.body, nullptr, false);
  const std::string code = document.is_object() ? document.value("code", std::string()) : std::string();
  return {code.empty() ? "http." + std::to_string(answer.status) : code, answer.body.substr(0, 200)};
}

}  // namespace

Tablet::Tablet(TabletFacts facts, Target target, int number)
    : facts_(std::move(facts)), target_(std::move(target)), number_(number) {
  cursors_[to_string(facts_.grid)] = 0;
}

void Tablet::append(std::vector<sync::Operation> operations, sync::Lane lane) {
  sync::Group group;
  group.seq = groups_.size() + 1;
  group.previous = last_hash_;
  group.lane = lane;
  group.assignment_version = 1;
  group.device_wall_ms = wall_ms();
  group.boot_id = "load";
  group.operations = std::move(operations);
  last_hash_ = sync::group_hash(group, crypto::sha256);
  groups_.push_back(std::move(group));
  acknowledged_.push_back(false);
}

void Tablet::record(int visits, int answers, int emergency_every) {
  for (int i = 0; i < visits; ++i) {
    const Uuid visit = fresh_id();
    const Uuid& household = facts_.households[static_cast<std::size_t>(i) % facts_.households.size()];
    const Value grid = id_value(facts_.grid);
    std::vector<sync::Operation> operations;
    operations.push_back(insert("visit", visit,
                                {{"grid", grid},
                                 {"household", id_value(household)},
                                 {"worker", id_value(facts_.worker)},
                                 {"seen_at", wall_ms()},
                                 {"monotonic_ms", std::int64_t{1000}},
                                 {"boot_id", std::string("load")},
                                 {"mode", std::string("in_person")},
                                 {"outcome", std::string("met")},
                                 {"form", std::string("visit-v1")},
                                 {"form_version", std::int64_t{1}},
                                 {"leaflet_given", std::int64_t{1}},
                                 {"leaflet_posted", std::int64_t{0}}}));
    for (int answer = 0; answer < answers; ++answer)
      operations.push_back(insert("visit_answer", fresh_id(),
                                  {{"grid", grid},
                                   {"visit", id_value(visit)},
                                   {"question", "V" + std::to_string(10 + answer)},
                                   {"answer", std::string("[\"ok\"]")}}));
    const bool emergency = emergency_every > 0 && (number_ + i) % emergency_every == 0;
    if (emergency)
      operations.push_back(insert("lead", fresh_id(),
                                  {{"grid", grid},
                                   {"household", id_value(household)},
                                   {"visit", id_value(visit)},
                                   {"worker", id_value(facts_.worker)},
                                   {"source", std::string("visit")},
                                   {"category", std::string("急难·断粮")},
                                   {"grade_rule", std::int64_t{1}},
                                   {"rule_set", std::string("triage-1")},
                                   {"found_at", wall_ms()},
                                   {"monotonic_ms", std::int64_t{1000}},
                                   {"boot_id", std::string("load")},
                                   {"description", std::string("家中已经没有吃的")},
                                   {"restricted", std::int64_t{0}},
                                   {"state", std::string("queued")}}));
    append(std::move(operations), emergency ? sync::Lane::emergency : sync::Lane::ordinary);
  }
}

std::int64_t Tablet::jitter() {
  std::array<std::uint8_t, 4> random{};
  crypto::random_bytes(random);
  std::int64_t number = 0;
  for (const std::uint8_t byte : random) number = number << 8 | byte;
  return number & 0x7fffffff;
}

Outcome Tablet::sync(std::chrono::seconds patience) {
  start_ = Clock::now();
  std::deque<sync::Event> events{sync::Wake{jitter()}};
  bool done = false;
  while (!done && !events.empty()) {
    if (Clock::now() - start_ > patience) {
      fault_ = "out of time: " + fault_;
      break;
    }
    const sync::Event event = std::move(events.front());
    events.pop_front();
    for (const sync::Action& action : sync::step(session_, event)) {
      if (std::holds_alternative<sync::Report>(action)) continue;
      events.push_back(perform(action, done));
    }
  }
  outcome_.seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  outcome_.complete = done && same_digest_ && refusals_ == 0;
  outcome_.fault = outcome_.complete ? "" : fault_;
  client_.reset();
  return outcome_;
}

sync::Event Tablet::perform(const sync::Action& action, bool& done) {
  if (std::holds_alternative<sync::SendHello>(action)) return say_hello();
  if (const auto* next = std::get_if<sync::NextBatch>(&action)) return read_batch(next->emergency);
  if (std::holds_alternative<sync::SendBatch>(action)) return send_batch();
  if (std::holds_alternative<sync::PullPage>(action)) return pull_page();
  if (const auto* timer = std::get_if<sync::StartTimer>(&action)) {
    ++outcome_.retries;
    std::this_thread::sleep_for(std::chrono::milliseconds(timer->delay_ms));
    return sync::Wake{jitter()};
  }
  done = true;  // it waits for news: everything is sent and pulled
  return sync::Stop{};
}

sync::Event Tablet::failed(const Error& error) {
  fault_ = error.code + " " + error.message;
  client_.reset();
  nonce_.clear();
  const std::int64_t retry_after_ms = retry_after_ms_;
  retry_after_ms_ = 0;
  return sync::Failed{error, retry_after_ms, jitter()};
}

Result<test::RawAnswer> Tablet::send(const std::string& request) {
  if (!client_) {
    test::RawOptions options;
    options.ca_pem = target_.authority_pem;
    options.timeout = kAnswerPatience;
    auto connected = test::RawClient::connect("127.0.0.1", target_.port, options);
    if (!connected.ok()) return Error{"net.unreachable", connected.error().message};
    client_ = std::make_unique<test::RawClient>(std::move(*connected));
  }
  ++outcome_.requests;
  outcome_.bytes_up += request.size();
  if (!client_->send(request)) return Error{"net.cut", "the connection was closed"};
  auto answer = client_->read_answer();
  if (!answer) return Error{"net.cut", "no answer came"};
  outcome_.bytes_down += answer->body.size();
  nonce_ = answer->header(wire::kNextNonceHeader).value_or("");
  if (answer->status == 503) {
    ++outcome_.refused;
    retry_after_ms_ = 1000 * std::stoll(answer->header("retry-after").value_or("0"));
  }
  return std::move(*answer);
}

Status Tablet::fetch_nonce() {
  DOUDI_ASSIGN(
      const test::RawAnswer answer,
      send(test::raw_request("POST", "/v1/nonce", "", {"doudi-device: " + to_string(facts_.device)})));
  if (answer.status != 200) return refusal_of(answer);
  nonce_ = nlohmann::json::parse(answer.body).value("nonce", std::string());
  return {};
}

Result<Bytes> Tablet::call(std::string_view target, const Bytes& frame) {
  if (nonce_.empty()) DOUDI_TRY(fetch_nonce());
  const std::string text = wire::signed_text("POST", target, frame, facts_.device, nonce_, crypto::sha256);
  const auto signature = crypto::sign(facts_.key, as_bytes(text));
  DOUDI_ASSIGN(const test::RawAnswer answer,
               send(test::raw_request("POST", target, as_text(frame),
                                      {"doudi-device: " + to_string(facts_.device), "doudi-nonce: " + nonce_,
                                       "doudi-signature: " + to_base64url(signature),
                                       "Content-Type: application/x-doudi-frame"})));
  if (answer.status != 200) return refusal_of(answer);
  return to_bytes(as_bytes(answer.body));
}

sync::Event Tablet::say_hello() {
  wire::Hello hello;
  hello.last_seq = groups_.size();
  hello.last_hash = last_hash_;
  hello.program_version = "load";
  hello.epoch = epoch_;
  hello.cursors = cursors_;
  hello.device_wall_ms = wall_ms();
  hello.device_monotonic_ms = 1000;
  hello.boot_id = "load";
  hello.unsent_groups = groups_.size();
  const auto answer = call("/v1/sync/hello", wire::encode(hello, crypto::sha256));
  if (!answer.ok()) return failed(answer.error());
  const auto reply = wire::decode_hello_reply(*answer, crypto::sha256);
  if (!reply.ok()) return failed(reply.error());
  epoch_ = reply->epoch;
  return sync::Greeted{reply->known_seq, reply->news};
}

sync::Event Tablet::read_batch(bool emergency) {
  batch_.clear();
  std::size_t operations = 0;
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    if (acknowledged_[i] || (emergency && groups_[i].lane != sync::Lane::emergency)) continue;
    operations += groups_[i].operations.size();
    if (batch_.size() == kBatchGroupsMax || (operations > kBatchOperationsMax && !batch_.empty())) break;
    batch_.push_back(i);
  }
  return sync::BatchReady{batch_.size()};
}

sync::Event Tablet::send_batch() {
  wire::Push push;
  for (const std::size_t i : batch_) push.groups.push_back(groups_[i]);
  const auto answer = call("/v1/sync/push", wire::encode(push, crypto::sha256));
  if (!answer.ok()) return failed(answer.error());
  const auto reply = wire::decode_push_reply(*answer, crypto::sha256);
  if (!reply.ok()) return failed(reply.error());
  for (std::size_t i = 0; i < reply->verdicts.size() && i < batch_.size(); ++i) {
    acknowledged_[batch_[i]] = true;
    ++outcome_.groups;
    if (reply->verdicts[i].verdict == sync::Verdict::applied) continue;
    ++refusals_;
    fault_ = reply->verdicts[i].reason;
  }
  outcome_.push_seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  return sync::BatchAnswered{batch_.size()};
}

void Tablet::keep(const sync::RowState& row) {
  sync::Digest& kept = rows_[row.row];
  const sync::Digest now = sync::row_digest(row, crypto::sha256);
  digest_ = digest_ - kept + now;
  kept = now;
}

sync::Event Tablet::pull_page() {
  wire::Pull pull;
  pull.epoch = epoch_;
  pull.cursors = cursors_;
  pull.rows_max = kPageRowsMax;
  const auto answer = call("/v1/sync/pull", wire::encode(pull, crypto::sha256));
  if (!answer.ok()) return failed(answer.error());
  const auto page = wire::decode_page(*answer, crypto::sha256);
  if (!page.ok()) return failed(page.error());
  for (const sync::RowState& row : page->rows) keep(row);
  outcome_.rows += page->rows.size();
  for (const auto& [scope, position] : page->cursors) cursors_[scope] = position;
  const auto whole = page->digests.find(to_string(facts_.grid));
  if (whole != page->digests.end()) {
    same_digest_ = whole->second == digest_;
    if (!same_digest_) fault_ = "the digest differs";
  }
  return sync::PageApplied{page->more};
}

}  // namespace doudi::load
