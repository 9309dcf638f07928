// One simulated tablet: its own key, chain and groups, the production session machine (shared/sync) and the
// real protocol over TLS. It keeps what it pulls as digests, so that convergence can be checked without a
// store.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "shared/crypto/crypto.hpp"
#include "shared/sync/tablet_session.hpp"
#include "shared/wire/messages.hpp"
#include "tests/support/raw_http.hpp"

namespace doudi::load {

struct TabletFacts {
  Uuid device;
  Uuid worker;
  Uuid grid;
  std::vector<Uuid> households;
  crypto::SigningKey key;
};

struct Target {
  std::uint16_t port = 0;
  std::string authority_pem;
};

using Clock = std::chrono::steady_clock;

// What one tablet saw from its first call until it waited for news with nothing unsent.
struct Outcome {
  bool complete = false;
  std::string fault;        // of a tablet that gave up, or whose digest differs
  double seconds = 0;       // until everything was acknowledged and pulled
  double push_seconds = 0;  // until the last verdict
  std::uint64_t requests = 0;
  std::uint64_t retries = 0;  // rounds that failed and were tried again
  std::uint64_t refused = 0;  // 503
  std::uint64_t groups = 0;   // acknowledged
  std::uint64_t rows = 0;     // pulled
  std::uint64_t bytes_up = 0;
  std::uint64_t bytes_down = 0;
};

class Tablet {
 public:
  Tablet(TabletFacts facts, Target target, int number);
  // Visits recorded without a network, `answers` answers each; every `emergency_every`-th comes with a lead.
  void record(int visits, int answers, int emergency_every);
  // Blocks until the tablet is done or `patience` is over.
  Outcome sync(std::chrono::seconds patience);

 private:
  sync::Event perform(const sync::Action& action, bool& done);
  sync::Event say_hello();
  sync::Event read_batch(bool emergency);
  sync::Event send_batch();
  sync::Event pull_page();
  sync::Event failed(const Error& error);
  Result<Bytes> call(std::string_view target, const Bytes& frame);
  Result<test::RawAnswer> send(const std::string& request);
  Status fetch_nonce();
  void keep(const sync::RowState& row);
  void append(std::vector<sync::Operation> operations, sync::Lane lane);
  std::int64_t jitter();

  TabletFacts facts_;
  Target target_;
  int number_;
  std::unique_ptr<test::RawClient> client_;
  std::string nonce_;
  std::int64_t retry_after_ms_ = 0;
  sync::TabletSession session_;
  std::vector<sync::Group> groups_;
  std::vector<bool> acknowledged_;
  std::vector<std::size_t> batch_;
  sync::Hash last_hash_{};
  std::string epoch_;
  wire::Cursors cursors_;
  std::map<Uuid, sync::Digest> rows_;
  sync::Digest digest_;
  bool same_digest_ = false;
  int refusals_ = 0;  // verdicts other than applied
  std::string fault_;
  Clock::time_point start_;
  Outcome outcome_;
};

}  // namespace doudi::load
