// The way between a tablet and the district: messages are delayed, overtake each other, are lost, doubled,
// cut, altered, or arrive after the caller gave up; a link can be dead in one direction or both.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "field_client/net/transport.hpp"
#include "tests/sim/event_queue.hpp"
#include "tests/sim/options.hpp"
#include "tests/sim/rng.hpp"
#include "tests/sim/server.hpp"
#include "tests/sim/trace.hpp"

namespace doudi::sim {

class SimNetwork {
 public:
  using Done = std::function<void(Result<field::HttpResponse>)>;
  // Sees every answer that the district gives.
  using Tap = std::function<void(int tablet, const field::HttpRequest&, const field::HttpResponse&)>;

  SimNetwork(EventQueue& queue, SimServer& server, const Options& options, Rng rng, Counters& counters)
      : queue_(queue), server_(server), options_(options), rng_(rng), counters_(counters) {}
  void watch(Tap tap) { tap_ = std::move(tap); }
  // `done` is called exactly once: with the answer, or with "net.unreachable" or "net.timeout".
  void call(int tablet, const field::HttpRequest& request, std::int64_t timeout_ms, Done done);
  void cut(int tablet, bool up, bool down);
  // Faults end; what is under way still arrives.
  void heal();

 private:
  struct Link {
    bool up = true;    // towards the district
    bool down = true;  // towards the tablet
  };
  struct Exchange;
  void deliver(const std::shared_ptr<Exchange>& exchange, field::HttpRequest request);
  void deliver_cut(const std::shared_ptr<Exchange>& exchange, const field::HttpRequest& request);
  void give_back(const std::shared_ptr<Exchange>& exchange, field::HttpResponse response);
  std::int64_t delay();
  bool happens(std::int64_t permille, const char* what);
  void damage(Bytes& body);
  Link& link(int tablet);

  EventQueue& queue_;
  SimServer& server_;
  Options options_;
  Rng rng_;
  Counters& counters_;
  Tap tap_;
  std::vector<Link> links_;
};

}  // namespace doudi::sim
