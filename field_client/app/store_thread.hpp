// One thread for everything that may wait for the disk or for scrypt, so that the io threads of the page
// server never do.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace doudi::field {

class StoreThread {
 public:
  static constexpr std::size_t kJobsMax = 256;
  StoreThread();
  ~StoreThread();
  StoreThread(const StoreThread&) = delete;
  StoreThread& operator=(const StoreThread&) = delete;
  // False when too much is waiting: the caller answers "busy".
  bool post(std::function<void()> job);

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace doudi::field
