// The one thread that changes the store. What waits is run in one durable transaction, each job in a
// savepoint of its own, and answered after the commit: many tablets share one fsync, and one bad job harms no
// other. A transaction takes small jobs up to a bound and at most one large one, so that a worker with one
// visit never waits for many who come back with hundreds, and those are never put off for ever (sync.md,
// Overload). Without a thread of its own the caller commits what waits: a simulation decides when.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <thread>

#include "shared/sql/connection.hpp"

namespace doudi::district {

class Writer {
 public:
  using Work = std::function<Status(sql::Connection&)>;
  using Done = std::function<void(const Status&)>;

  // `after_commit` runs on the writer's thread, outside of transactions.
  Writer(sql::Connection& connection, bool threaded, std::function<void()> after_commit = {});
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // `operations` is about how many rows the work writes. False when the queue is full: the caller answers
  // "server.busy". `done` runs on the writer thread, after the commit.
  [[nodiscard]] bool submit(Work work, Done done, std::size_t operations = 1);
  // Waits for the commit. "server.busy" when the queue is full.
  Status run(Work work);
  // One batch in one transaction, on the caller's thread; false when nothing waits. For a writer without a
  // thread.
  bool commit_waiting();
  // Finishes what is queued, then refuses. Without a thread, what is queued is dropped.
  void stop();

  struct Counters {
    std::uint64_t commits = 0, jobs = 0, refused = 0;
    std::size_t waiting = 0;
  };
  [[nodiscard]] Counters counters() const;

 private:
  struct Job {
    Work work;
    Done done;
    std::size_t operations = 1;
    Status status;
  };
  [[nodiscard]] std::size_t waiting() const { return small_.size() + large_.size(); }
  void loop();
  std::deque<Job> take_batch();
  void finish_batch(std::deque<Job>& batch);
  void commit_batch(std::deque<Job>& batch);
  void run_job(Job& job);

  sql::Connection& connection_;
  const bool threaded_;
  const std::function<void()> after_commit_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> small_;
  std::deque<Job> large_;
  bool stopping_ = false;
  std::uint64_t commits_ = 0, jobs_ = 0, refused_ = 0;
  std::jthread thread_;
};

}  // namespace doudi::district
