// What must hold, seen from outside the products: every save a tablet acknowledged, every request and answer
// on the wire, and at the end both stores.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "shared/wire/messages.hpp"
#include "tests/sim/server.hpp"
#include "tests/sim/tablet.hpp"

namespace doudi::sim {

// One acknowledged save; `marker` is a text found nowhere else.
struct Save {
  std::string marker;
  int tablet = 0;
  std::string table;
  Uuid row;
  std::string column;
  bool destroyed = false;  // the only copy went with a recorded fault
};

class Oracle {
 public:
  Oracle(EventQueue& queue, SimServer& server, Counters& counters)
      : queue_(queue), server_(server), counters_(counters) {}

  void saved(Save save) { saves_.push_back(std::move(save)); }
  void revoked(const Uuid& device) { revoked_.insert(device); }
  SimNetwork::Tap tap(const std::vector<Enrolled>& tablets);

  // Every fault found so far; empty: all is well.
  [[nodiscard]] const std::vector<std::string>& faults() const { return faults_; }
  void fault(const std::string& invariant, const std::string& what);

  void check_end(const std::vector<std::unique_ptr<SimTablet>>& tablets);
  [[nodiscard]] std::vector<Save>& saves() { return saves_; }
  [[nodiscard]] bool is_revoked(const Uuid& device) const { return revoked_.contains(device); }

 private:
  void check_answer(const Enrolled& tablet, const field::HttpRequest& request,
                    const field::HttpResponse& response);
  void check_page(const Enrolled& tablet, const wire::Page& page);
  void check_saves(sql::Connection& district);
  void check_save(sql::Connection& district, const Save& save);
  void check_scopes(sql::Connection& district, SimTablet& tablet);
  void check_rows(sql::Connection& district, SimTablet& tablet, const std::string& scope);

  EventQueue& queue_;
  SimServer& server_;
  Counters& counters_;
  std::vector<Save> saves_;
  std::set<Uuid> revoked_;
  std::vector<std::string> faults_;
};

}  // namespace doudi::sim
