// Group commit. A job that fails is rolled back to its savepoint; a failing commit fails every job of the
// batch.
#include "sync_server/service/writer.hpp"

#include "shared/base/planted.hpp"
#include "shared/sql/sqlcipher.hpp"

namespace doudi::district {
namespace {

constexpr std::size_t kQueueMax = 1024;
constexpr std::size_t kLargeOperations = 200;
constexpr std::size_t kBatchOperations = 1000;  // of small jobs; about 60 ms

Status plain(const Result<std::int64_t>& result) {
  if (!result.ok()) return result.error();
  return {};
}

}  // namespace

Writer::Writer(sql::Connection& connection, bool threaded, std::function<void()> after_commit)
    : connection_(connection), threaded_(threaded), after_commit_(std::move(after_commit)) {
  if (threaded_) thread_ = std::jthread([this] { loop(); });
}

Writer::~Writer() {
  stop();
}

bool Writer::submit(Work work, Done done, std::size_t operations) {
  const std::lock_guard lock(mutex_);
  if (stopping_ || waiting() >= kQueueMax) {
    ++refused_;
    return false;
  }
  auto& line = operations < kLargeOperations ? small_ : large_;
  line.push_back({std::move(work), std::move(done), operations, {}});
  wake_.notify_one();
  return true;
}

Status Writer::run(Work work) {
  std::promise<Status> promise;
  auto future = promise.get_future();
  const bool taken = submit(std::move(work), [&promise](const Status& status) { promise.set_value(status); });
  if (!taken) return Error{"server.busy", "The server is busy. Try again."};
  if (!threaded_)
    while (commit_waiting()) {
    }
  return future.get();
}

void Writer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

Writer::Counters Writer::counters() const {
  const std::lock_guard lock(mutex_);
  return {commits_, jobs_, refused_, waiting()};
}

void Writer::loop() {
  while (true) {
    std::deque<Job> batch;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || waiting() > 0; });
      batch = take_batch();
    }
    if (batch.empty()) break;
    finish_batch(batch);
  }
  static_cast<void>(sql::checkpoint(connection_));
}

std::deque<Writer::Job> Writer::take_batch() {
  std::deque<Job> batch;
  const auto take_first = [&batch](std::deque<Job>& line) {
    batch.push_back(std::move(line.front()));
    line.pop_front();
  };
  for (std::size_t operations = 0; !small_.empty() && operations < kBatchOperations;) {
    operations += small_.front().operations;
    take_first(small_);
  }
  if (!large_.empty()) take_first(large_);
  return batch;
}

bool Writer::commit_waiting() {
  std::deque<Job> batch;
  {
    const std::lock_guard lock(mutex_);
    batch = take_batch();
  }
  if (batch.empty()) return false;
  finish_batch(batch);
  return true;
}

void Writer::finish_batch(std::deque<Job>& batch) {
  commit_batch(batch);
  for (Job& job : batch) {
    if (job.done) job.done(job.status);
  }
  if (after_commit_) after_commit_();
  const std::lock_guard lock(mutex_);
  ++commits_;
  jobs_ += batch.size();
}

void Writer::commit_batch(std::deque<Job>& batch) {
  Status status = connection_.begin(true);
  if (status.ok()) {
    for (Job& job : batch) {
      run_job(job);
      if (DOUDI_PLANTED("ack_before_commit") && job.done) std::exchange(job.done, nullptr)(job.status);
    }
    status = connection_.commit();
  }
  if (status.ok()) return;
  connection_.rollback();
  for (Job& job : batch) {
    if (job.status.ok()) job.status = status;
  }
}

void Writer::run_job(Job& job) {
  job.status = plain(connection_.run("SAVEPOINT job"));
  if (!job.status.ok()) return;
  job.status = job.work(connection_);
  if (!job.status.ok()) static_cast<void>(connection_.run("ROLLBACK TO job"));
  // A release that fails leaves the transaction lost: the commit then fails and reports it for every job.
  if (const Status released = plain(connection_.run("RELEASE job")); !released.ok() && job.status.ok())
    job.status = released;
}

}  // namespace doudi::district
