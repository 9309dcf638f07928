// The district's state as a fold of what it answered: the same greetings and groups, in the order of their
// commits, applied to the district every run starts from, must give the same tables (I12).
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
  // Tables that differ from `district`'s; empty: none.
  [[nodiscard]] std::vector<std::string> differences(sql::Connection& district) const;

 private:
  struct Step {
    Uuid device;
    Instant at;
    std::variant<wire::Hello, wire::Push> message;
  };
  static Status repeat(district::District& district, const Step& step, sql::Connection& connection);

  const BaseWorld* base_;
  std::vector<Step> steps_;
};

}  // namespace doudi::sim
