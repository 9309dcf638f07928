// A plain queue: the work itself knows its limits.
#include "sync_server/service/worker_pool.hpp"

namespace doudi::district {
namespace {

constexpr std::size_t kQueueMax = 2048;

}  // namespace

WorkerPool::WorkerPool(unsigned threads) {
  for (unsigned index = 0; index < threads; ++index) threads_.emplace_back([this] { loop(); });
}

WorkerPool::~WorkerPool() {
  stop();
}

bool WorkerPool::post(std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  if (stopping_ || queue_.size() >= kQueueMax) return false;
  queue_.push_back(std::move(work));
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

std::function<void()> WorkerPool::take() {
  if (queue_.empty()) return {};
  std::function<void()> work = std::move(queue_.front());
  queue_.pop_front();
  return work;
}

void WorkerPool::run_waiting() {
  while (true) {
    std::function<void()> work;
    {
      const std::lock_guard lock(mutex_);
      work = take();
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
      work = take();
    }
    if (!work) return;
    work();
  }
}

}  // namespace doudi::district
