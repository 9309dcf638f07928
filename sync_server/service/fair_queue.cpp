// A line joins the turns with its first piece of work and leaves with its last.
#include "sync_server/service/fair_queue.hpp"

#include <utility>

namespace doudi::district {

bool FairQueue::push(const std::string& whose, Work work) {
  if (waiting_ >= all_max_) return false;
  auto& line = lines_[whose];
  if (line.size() >= each_max_) return false;
  if (line.empty()) turns_.push_back(whose);
  line.push_back(std::move(work));
  ++waiting_;
  return true;
}

FairQueue::Work FairQueue::pop() {
  if (turns_.empty()) return {};
  const std::string whose = std::move(turns_.front());
  turns_.pop_front();
  const auto line = lines_.find(whose);
  Work work = std::move(line->second.front());
  line->second.pop_front();
  --waiting_;
  if (line->second.empty())
    lines_.erase(line);
  else
    turns_.push_back(whose);
  return work;
}

}  // namespace doudi::district
