// The district's state as a fold of what it answered and of what the office did: the same greetings, groups
// and acts, in the order of their commits, applied to the district every run starts from, must give the same
// tables (I12).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "shared/wire/messages.hpp"
#include "tests/sim/server.hpp"

namespace doudi::sim {

class Fold {
 public:
  explicit Fold(const BaseWorld& base) : base_(&base) {}
  void greeted(const Uuid& device, wire::Hello hello, Instant at);
  void pushed(const Uuid& device, wire::Push push, Instant at);
  // What an officer or a restore did, to be done again.
  using Act = std::function<Status(SimServer&)>;
  void acted(Instant at, Act act);
  // Tables that differ from `district`'s; empty: none.
  [[nodiscard]] std::vector<std::string> differences(sql::Connection& district) const;

 private:
  struct Step {
    Uuid device;
    Instant at;
    std::variant<wire::Hello, wire::Push, Act> what;
  };
  static Status repeat(district::District& district, const Step& step, sql::Connection& connection);
  Status repeat_all(EventQueue& clock, SimServer& again) const;

  const BaseWorld* base_;
  std::vector<Step> steps_;
};

}  // namespace doudi::sim
