// Answers are called without the lock: they write to sockets of other threads.
#include "sync_server/service/news.hpp"

#include <algorithm>

namespace doudi::district {

News::News(Steady steady, bool threaded) : steady_(std::move(steady)) {
  if (threaded) thread_ = std::jthread([this] { expire_loop(); });
}

News::~News() {
  stop();
}

std::uint64_t News::wait(std::set<std::string> scopes, std::chrono::milliseconds timeout, Answer answer) {
  std::unique_lock lock(mutex_);
  if (stopping_) {
    lock.unlock();
    answer(false);
    return 0;
  }
  const std::uint64_t handle = next_++;
  waiters_.emplace(handle, Waiter{std::move(scopes), steady_() + timeout, std::move(answer)});
  wake_.notify_one();
  return handle;
}

void News::finish(std::uint64_t handle, bool news) {
  Answer answer;
  {
    const std::lock_guard lock(mutex_);
    const auto found = waiters_.find(handle);
    if (found == waiters_.end()) return;
    answer = std::move(found->second.answer);
    waiters_.erase(found);
  }
  answer(news);
}

void News::scopes_changed(const std::set<std::string>& scopes) {
  std::vector<Answer> answers;
  {
    const std::lock_guard lock(mutex_);
    for (auto waiter = waiters_.begin(); waiter != waiters_.end();) {
      const bool concerned = std::any_of(scopes.begin(), scopes.end(), [&](const std::string& scope) {
        return waiter->second.scopes.contains(scope);
      });
      if (concerned) answers.push_back(std::move(waiter->second.answer));
      waiter = concerned ? waiters_.erase(waiter) : std::next(waiter);
    }
  }
  for (const Answer& answer : answers) answer(true);
}

void News::listen(Listener listener) {
  const std::lock_guard lock(mutex_);
  listeners_.push_back(std::move(listener));
}

void News::publish(const ConsoleEvent& event) {
  const std::lock_guard lock(mutex_);
  std::erase_if(listeners_, [&](const Listener& listener) { return !listener(event); });
}

std::size_t News::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiters_.size();
}

std::size_t News::listeners() const {
  const std::lock_guard lock(mutex_);
  return listeners_.size();
}

void News::stop() {
  std::map<std::uint64_t, Waiter> left;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    left.swap(waiters_);
    listeners_.clear();
    wake_.notify_all();
  }
  for (const auto& [handle, waiter] : left) waiter.answer(false);
  if (thread_.joinable()) thread_.join();
}

std::chrono::steady_clock::time_point News::expire() {
  std::unique_lock lock(mutex_);
  return answer_expired(lock);
}

std::chrono::steady_clock::time_point News::answer_expired(std::unique_lock<std::mutex>& lock) {
  const auto now = steady_();
  auto next = now + std::chrono::hours(1);
  std::vector<Answer> expired;
  for (auto waiter = waiters_.begin(); waiter != waiters_.end();) {
    if (waiter->second.until > now) {
      next = std::min(next, waiter->second.until);
      ++waiter;
      continue;
    }
    expired.push_back(std::move(waiter->second.answer));
    waiter = waiters_.erase(waiter);
  }
  if (expired.empty()) return next;
  lock.unlock();
  for (const Answer& answer : expired) answer(false);
  lock.lock();
  return now;
}

void News::expire_loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto next = answer_expired(lock);
    if (!stopping_) wake_.wait_until(lock, next);
  }
}

}  // namespace doudi::district
