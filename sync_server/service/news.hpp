// Who waits for news: tablets in a long poll and console pages with an open event stream. Told after a
// commit, never before.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "shared/base/instant.hpp"

namespace doudi::district {

using Steady = std::function<std::chrono::steady_clock::time_point()>;

// An event for console pages; `grid_code` decides who may see it.
struct ConsoleEvent {
  std::string name;  // "alert", "entry", "sync"
  std::string data;  // JSON
  std::string grid_code;
};

class News {
 public:
  using Answer = std::function<void(bool news)>;
  using Listener = std::function<bool(const ConsoleEvent&)>;  // false: gone, forget it

  // Without a thread the caller expires waits itself.
  News(Steady steady, bool threaded);
  ~News();
  News(const News&) = delete;
  News& operator=(const News&) = delete;

  // Calls `answer` once: true when one of the scopes changed, false after the time-out or at stop. Returns a
  // handle.
  std::uint64_t wait(std::set<std::string> scopes, std::chrono::milliseconds timeout, Answer answer);
  // Answers at once if it still waits (its scope was already ahead).
  void finish(std::uint64_t handle, bool news);
  void scopes_changed(const std::set<std::string>& scopes);
  // Answers whoever waited long enough; says when the next one has.
  std::chrono::steady_clock::time_point expire();

  void listen(Listener listener);
  void publish(const ConsoleEvent& event);
  [[nodiscard]] std::size_t listeners() const;
  [[nodiscard]] std::size_t waiting() const;
  // Answers everybody; later waits answer at once.
  void stop();

 private:
  struct Waiter {
    std::set<std::string> scopes;
    std::chrono::steady_clock::time_point until;
    Answer answer;
  };
  void expire_loop();

  std::chrono::steady_clock::time_point answer_expired(std::unique_lock<std::mutex>& lock);

  const Steady steady_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::map<std::uint64_t, Waiter> waiters_;
  std::vector<Listener> listeners_;
  std::uint64_t next_ = 1;
  bool stopping_ = false;
  std::jthread thread_;
};

}  // namespace doudi::district
