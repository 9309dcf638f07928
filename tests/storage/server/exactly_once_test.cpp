// Ten thousand operations over a network that loses, doubles and delays: replies vanish after the commit,
// requests come twice, and requests whose sender gave up arrive long after it has sent the same again. The
// district ends with exactly what the tablets were told is there, each once, in effect too.
#include <catch2/catch_test_macros.hpp>
#include <deque>
#include <set>

#include "field_client/sync/sync_store.hpp"
#include "shared/crypto/crypto.hpp"
#include "sync_server/service/verify_store.hpp"
#include "tests/sim/storage/chance.hpp"
#include "tests/storage/server/sim_district.hpp"

namespace doudi::test {
namespace {

constexpr std::size_t kTablets = 3;
constexpr int kGroups = 5'000;  // of two operations each
constexpr int kLeadEvery = 25;
const Instant kNow = *parse_instant("2026-11-18T09:00:00+08:00");

struct Counters {
  int dropped = 0, doubled = 0, late = 0, pushes = 0;
};

// A tablet with its own device, and what is on its way to the district for it.
class SendingTablet {
 public:
  explicit SendingTablet(DistrictTablet enrolled) : as_seen_(std::move(enrolled)) {
    field::StoreOptions options;
    options.folder = "/tablet";
    options.clock = {[] { return kNow; }, [] { return std::int64_t{1'000}; }, "boot"};
    options.create = true;
    options.disk = &storage_.files;
    auto opened = field::Store::open(options, Secret(Bytes(32, 7)));
    REQUIRE(opened.ok());
    store_ = std::move(*opened);
    steps_ = std::make_unique<field::SyncStore>(*store_);
  }

  void save(int number) {
    const auto saved = store_->save(
        {"visit", std::nullopt}, [] { return sync::Lane::ordinary; },
        [&](field::RowWriter& writer) -> Status {
          const Uuid visit = field::new_id(store_->clock());
          DOUDI_TRY(writer.insert("visit", visit, visit_cells(as_seen_)));
          if (number % kLeadEvery == 0) return writer.insert("lead", field::new_id(store_->clock()), lead());
          return writer.insert("visit_answer", field::new_id(store_->clock()),
                               {{"grid", sql::to_value(as_seen_.grid)},
                                {"visit", sql::to_value(visit)},
                                {"question", Value{std::string("V02")}},
                                {"answer", Value{std::string("[\"ok\"]")}}});
        });
    REQUIRE(saved.ok());
  }

  // The groups this tablet was told are in the district.
  std::set<Bytes> acknowledged() {
    std::set<Bytes> hashes;
    REQUIRE(store_->connection()
                .query("SELECT hash FROM op_group WHERE state = 'acknowledged' AND verdict = 1",
                       [&hashes](const sql::Row& row) {
                         hashes.insert(to_bytes(row.blob(0)));
                         return true;
                       })
                .ok());
    return hashes;
  }
  std::int64_t unsent() { return store_->groups().unsent()->groups; }
  field::SyncStore& steps() { return *steps_; }
  [[nodiscard]] const district::Device& device() const { return as_seen_.device; }

 private:
  [[nodiscard]] std::vector<std::pair<std::string, Value>> lead() const {
    return {{"grid", sql::to_value(as_seen_.grid)},
            {"household", sql::to_value(as_seen_.household)},
            {"worker", sql::to_value(as_seen_.device.account)},
            {"source", Value{std::string("visit")}},
            {"category", Value{std::string("急难·断粮")}},
            {"grade_rule", Value{std::int64_t{1}}},
            {"rule_set", Value{std::string("triage-1")}},
            {"found_at", Value{kNow.ms}},
            {"monotonic_ms", Value{std::int64_t{1}}},
            {"boot_id", Value{std::string("boot")}},
            {"description", Value{std::string("断粮")}},
            {"restricted", Value{std::int64_t{0}}},
            {"state", Value{std::string("queued")}}};
  }

  DistrictTablet as_seen_;
  sim::SimStorage storage_;
  std::unique_ptr<field::Store> store_;
  std::unique_ptr<field::SyncStore> steps_;
};

class Network {
 public:
  explicit Network(SimDistrict& district) : district_(district) {}

  // One push of what is unsent. What becomes of request and reply is chance, unless the network is `healed`.
  void push(SendingTablet& tablet, bool healed) {
    deliver_late(healed ? 0 : 20);
    const auto batch = tablet.steps().batch(false);
    REQUIRE(batch.ok());
    if (batch->groups.empty()) return;
    const Bytes frame = wire::encode(*batch, &crypto::sha256);
    ++counters.pushes;
    const std::uint64_t fate = healed ? 100 : chance_.below(100);
    if (fate < 20) {  // the tablet gives up before it is sent
      ++counters.late;
      late_.push_back({tablet.device(), frame});
      return;
    }
    Bytes reply = answered(tablet.device(), frame);
    if (fate < 40) {  // and again, after the first is answered
      ++counters.doubled;
      reply = answered(tablet.device(), frame);
    }
    if (fate >= 40 && fate < 65) {
      ++counters.dropped;
      return;
    }
    const auto answer = wire::decode_push_reply(reply, &crypto::sha256);
    REQUIRE(answer.ok());
    REQUIRE(tablet.steps().pushed(*answer).ok());
  }

  // Requests whose senders gave up arrive, each with this chance, whatever was sent since.
  void deliver_late(std::uint64_t percent) {
    for (std::size_t count = late_.size(); count > 0; --count) {
      const Request request = std::move(late_.front());
      late_.pop_front();
      if (chance_.below(100) < percent)
        answered(request.device, request.frame);
      else
        late_.push_back(request);
    }
  }

  Counters counters;

 private:
  struct Request {
    district::Device device;
    Bytes frame;
  };

  // Decodes, commits, encodes: what stands between two frames.
  Bytes answered(const district::Device& device, const Bytes& frame) {
    const auto push = wire::decode_push(frame, &crypto::sha256);
    REQUIRE(push.ok());
    std::vector<district::PreparedGroup> groups;
    for (const auto& group : push->groups) groups.push_back(district::prepare_group(group));
    district::PushOutcome outcome;
    REQUIRE((*district_)
                .writer()
                .run([&](sql::Connection& connection) {
                  return (*district_).ingest().apply(connection, device, groups, kNow, outcome);
                })
                .ok());
    wire::PushReply reply;
    reply.epoch = (*district_).identity().epoch;
    reply.verdicts = outcome.verdicts;
    reply.known_seq = outcome.known_seq;
    return wire::encode(reply, &crypto::sha256);
  }

  SimDistrict& district_;
  sim::Chance chance_{11};
  std::deque<Request> late_;
};

std::set<Bytes> groups_of(SimDistrict& district, const district::Device& device) {
  std::set<Bytes> hashes;
  REQUIRE((*district)
              .store()
              .writer()
              .query("SELECT hash FROM device_group WHERE device=$1", sql::params(device.number),
                     [&hashes](const sql::Row& row) {
                       hashes.insert(to_bytes(row.blob(0)));
                       return true;
                     })
              .ok());
  return hashes;
}

std::int64_t count(SimDistrict& district, const std::string& query) {
  const auto number = (*district).store().writer().integer(query);
  REQUIRE(number.ok());
  return *number;
}

void each_is_there_once(SimDistrict& district, std::vector<std::unique_ptr<SendingTablet>>& tablets) {
  for (const auto& tablet : tablets) {
    CHECK(tablet->unsent() == 0);
    CHECK(groups_of(district, tablet->device()) == tablet->acknowledged());
  }
  const int leads = kGroups / kLeadEvery;
  CHECK(count(district, "SELECT count(*) FROM device_group") == kGroups);
  CHECK(count(district, "SELECT count(*) FROM device_group WHERE verdict<>1") == 0);
  CHECK(count(district, "SELECT count(*) FROM visit") == kGroups);
  CHECK(count(district, "SELECT count(*) FROM visit_answer") == kGroups - leads);
  CHECK(count(district, "SELECT count(*) FROM lead WHERE state='reported'") == leads);
  CHECK(count(district, "SELECT count(*) FROM ledger_event") == leads);
  CHECK(count(district, "SELECT count(*) FROM conflict") +
            count(district, "SELECT count(*) FROM forked_group") ==
        0);
  const auto report = district::verify_content((*district).store().writer(), *district);
  REQUIRE(report.ok());
  for (const auto& fault : report->faults) FAIL_CHECK(fault);
}

}  // namespace

TEST_CASE("of ten thousand operations over a bad network each that was acknowledged is there exactly once") {
  SimDistrict district;
  std::vector<std::unique_ptr<SendingTablet>> tablets;
  for (std::size_t i = 0; i < kTablets; ++i)
    tablets.push_back(std::make_unique<SendingTablet>(district.another_tablet()));
  Network network(district);
  for (int number = 1; number <= kGroups; ++number) {
    auto& tablet = *tablets.at(static_cast<std::size_t>(number) % kTablets);
    tablet.save(number);
    if (number % 2 == 0) network.push(tablet, false);
  }
  for (auto& tablet : tablets)
    while (tablet->unsent() > 0) network.push(*tablet, true);
  each_is_there_once(district, tablets);
  network.deliver_late(100);
  each_is_there_once(district, tablets);
  CHECK(network.counters.pushes > 2'000);
  CHECK(network.counters.dropped > 400);
  CHECK(network.counters.doubled > 300);
  CHECK(network.counters.late > 300);
}

}  // namespace doudi::test
