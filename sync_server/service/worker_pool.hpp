// Threads for everything that may block: disk, signatures, password hashing. The queue is bounded; a full one
// is answered with "server.busy" instead of growing. Without threads the caller runs what waits.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace doudi::district {

class WorkerPool {
 public:
  explicit WorkerPool(unsigned threads);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  [[nodiscard]] bool post(std::function<void()> work);
  // On the caller's thread: what waits now and what that brings. For a pool without threads.
  void run_waiting();
  // Finishes what is queued, then joins.
  void stop();

 private:
  void loop();
  std::function<void()> take();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_;
  bool stopping_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace doudi::district
