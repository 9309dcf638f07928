// Threads for everything that may block: disk, signatures, password hashing. The queue is bounded; a full one
// is answered with "server.busy" instead of growing, and who asks is served in turn. Without threads the
// caller runs what waits.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "sync_server/service/fair_queue.hpp"

namespace doudi::district {

class WorkerPool {
 public:
  explicit WorkerPool(unsigned threads);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  // `whose` line the work waits in: a device's id, or the office's address.
  [[nodiscard]] bool post(const std::string& whose, std::function<void()> work);
  // On the caller's thread: what waits now and what that brings. For a pool without threads.
  void run_waiting();
  // Finishes what is queued, then joins.
  void stop();

 private:
  void loop();

  std::mutex mutex_;
  std::condition_variable wake_;
  FairQueue queue_;
  bool stopping_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace doudi::district
