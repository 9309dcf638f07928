// Work that waits, one line for each who asks, served in turn: a tablet with a thousand visits never keeps a
// tablet with one from its answer, and nobody can fill the queue alone (sync.md, Overload). Not thread-safe.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>

namespace doudi::district {

class FairQueue {
 public:
  using Work = std::function<void()>;
  FairQueue(std::size_t all_max, std::size_t each_max) : all_max_(all_max), each_max_(each_max) {}
  // False when everything or that line is full: the caller answers "server.busy".
  [[nodiscard]] bool push(const std::string& whose, Work work);
  // The oldest of the next line; empty when nothing waits.
  Work pop();
  [[nodiscard]] bool empty() const { return waiting_ == 0; }

 private:
  std::size_t all_max_;
  std::size_t each_max_;
  std::size_t waiting_ = 0;
  std::map<std::string, std::deque<Work>> lines_;
  std::deque<std::string> turns_;  // every line that is not empty, once
};

}  // namespace doudi::district
