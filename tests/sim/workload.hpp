// What workers do: visits, emergencies, edits of rows that others edit too, new households, removals. Through
// the product's recorders where it has one.
#pragma once

#include "tests/sim/oracle.hpp"

namespace doudi::sim {

class Workload {
 public:
  Workload(const BaseWorld& base, Oracle& oracle, Rng rng, Counters& counters, Trace& trace,
           EventQueue& queue, std::int64_t photos)
      : base_(base),
        oracle_(oracle),
        rng_(rng),
        counters_(counters),
        trace_(trace),
        queue_(queue),
        photos_(photos) {}
  // One save on a running tablet; nothing when it holds no household yet. A wrong one the district must
  // refuse.
  void act(SimTablet& tablet, bool wrong);

 private:
  using Saved = Result<std::optional<Save>>;
  Saved visit(SimTablet& tablet, const std::string& marker);
  Saved emergency(SimTablet& tablet, const std::string& marker);
  Saved edit_household(SimTablet& tablet, const std::string& marker);
  Saved write_what_is_new(SimTablet& tablet, const Uuid& household, const std::string& marker);
  Saved edit_person(SimTablet& tablet, const std::string& marker);
  Saved add_household(SimTablet& tablet, const std::string& marker);
  Saved remove_tag(SimTablet& tablet, const std::string& marker);
  Saved write_elsewhere(SimTablet& tablet, const std::string& marker);
  Saved refer_to_nothing(SimTablet& tablet, const std::string& marker);
  Saved note_on(SimTablet& tablet, const std::string& marker,
                const std::function<Status(field::RowWriter&)>& before);
  Result<Photo> take_photo(SimTablet& tablet);
  std::optional<Uuid> any(SimTablet& tablet, const std::string& table);

  const BaseWorld& base_;
  Oracle& oracle_;
  Rng rng_;
  Counters& counters_;
  Trace& trace_;
  EventQueue& queue_;
  std::int64_t photos_;  // visits with one, in thousandths
  int next_ = 0;
};

}  // namespace doudi::sim
