// Threads around the queue: the work itself knows its limits.
#include "sync_server/service/worker_pool.hpp"

namespace doudi::district {
namespace {

constexpr std::size_t kWaitingMax = 2048;
constexpr std::size_t kWaitingOfOneMax = 256;  // many people of the office may share one address

}  // namespace

WorkerPool::WorkerPool(unsigned threads) : queue_(kWaitingMax, kWaitingOfOneMax) {
  for (unsigned index = 0; index < threads; ++index) threads_.emplace_back([this] { loop(); });
}

WorkerPool::~WorkerPool() {
  stop();
}

bool WorkerPool::post(const std::string& whose, std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  if (stopping_ || !queue_.push(whose, std::move(work))) return false;
  wake_.notify_one();
  return true;
}

void WorkerPool::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  for (std::jthread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void WorkerPool::run_waiting() {
  while (true) {
    std::function<void()> work;
    {
      const std::lock_guard lock(mutex_);
      work = queue_.pop();
    }
    if (!work) return;
    work();
  }
}

void WorkerPool::loop() {
  while (true) {
    std::function<void()> work;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      work = queue_.pop();
    }
    if (!work) return;
    work();
  }
}

}  // namespace doudi::district
