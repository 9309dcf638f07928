// Virtual time: the one thread of a simulation runs events in the order of their time, and of their making
// where the time is the same.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

namespace doudi::sim {

class EventQueue {
 public:
  using Work = std::function<void()>;

  [[nodiscard]] std::int64_t now_ms() const { return now_ms_; }
  void after(std::int64_t delay_ms, Work work) {
    events_.emplace(std::pair(now_ms_ + delay_ms, next_++), std::move(work));
  }
  [[nodiscard]] bool empty() const { return events_.empty(); }
  [[nodiscard]] std::int64_t next_ms() const { return events_.begin()->first.first; }
  void run_next() {
    auto event = events_.extract(events_.begin());
    now_ms_ = event.key().first;
    event.mapped()();
  }
  // Everything that is due until then.
  void run_until(std::int64_t ms) {
    while (!events_.empty() && next_ms() <= ms) run_next();
    now_ms_ = ms;
  }

 private:
  std::map<std::pair<std::int64_t, std::uint64_t>, Work> events_;
  std::int64_t now_ms_ = 0;
  std::uint64_t next_ = 0;
};

}  // namespace doudi::sim
