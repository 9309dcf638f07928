#include "field_client/sync/driver.hpp"

namespace doudi::field {
namespace {

constexpr std::string_view kHelloTarget = "/v1/sync/hello";
constexpr std::string_view kPushTarget = "/v1/sync/push";
constexpr std::string_view kPullTarget = "/v1/sync/pull";
constexpr std::string_view kWaitTarget = "/v1/sync/wait";
constexpr std::chrono::seconds kTidyInterval{15};

std::int64_t random_jitter() {
  const Bytes bytes = crypto::random_bytes(std::size_t{4});
  std::int64_t number = 0;
  for (const std::uint8_t byte : bytes) number = number << 8 | byte;
  return number & 0x7fffffff;
}

}  // namespace

Result<std::unique_ptr<SyncDriver>> SyncDriver::create(Store& store, std::mutex& store_mutex,
                                                       SyncDriverOptions options) {
  DOUDI_ASSIGN(auto transport, make_transport(options.transport));
  TransportOptions waiting = options.transport;
  waiting.timeout = std::chrono::seconds(40);
  DOUDI_ASSIGN(auto waiting_transport, make_transport(waiting));
  return std::unique_ptr<SyncDriver>(new SyncDriver(store, store_mutex, std::move(options),
                                                    std::move(transport), std::move(waiting_transport)));
}

SyncDriver::SyncDriver(Store& store, std::mutex& store_mutex, SyncDriverOptions options,
                       std::unique_ptr<Transport> transport, std::unique_ptr<Transport> waiting_transport)
    : store_(store),
      store_mutex_(store_mutex),
      options_(std::move(options)),
      steps_(store),
      transport_(std::move(transport)),
      waiting_transport_(std::move(waiting_transport)),
      client_(*transport_, options_.identity),
      waiting_client_(*waiting_transport_, options_.identity) {}

SyncDriver::~SyncDriver() {
  stop();
}

void SyncDriver::start(bool keep_waiting) {
  {
    const std::lock_guard lock(mutex_);
    keep_waiting_ = keep_waiting;
    if (control_.joinable()) return;
    stopping_ = false;
    session_ = {};
    events_.clear();
    events_.emplace_back(sync::Wake{random_jitter()});
  }
  transport_->set_closed(false);
  waiting_transport_->set_closed(false);
  control_ = std::thread([this] { run(); });
  waiter_ = std::thread([this] { wait_for_news(); });
}

void SyncDriver::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wait_request_.reset();
  }
  changed_.notify_all();
  transport_->set_closed(true);
  waiting_transport_->set_closed(true);
  if (control_.joinable()) control_.join();
  if (waiter_.joinable()) waiter_.join();
}

void SyncDriver::wake() {
  post(sync::Wake{random_jitter()});
}

void SyncDriver::post(sync::Event event) {
  {
    const std::lock_guard lock(mutex_);
    events_.push_back(std::move(event));
  }
  changed_.notify_all();
}

SyncStatus SyncDriver::status() {
  const std::lock_guard lock(mutex_);
  return status_;
}

// The next thing that happened; a due timer is a wake. In between the store is tidied.
std::optional<sync::Event> SyncDriver::next_event() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (!events_.empty()) {
      sync::Event event = std::move(events_.front());
      events_.pop_front();
      return event;
    }
    const auto now = std::chrono::steady_clock::now();
    if (timer_ && now >= *timer_) {
      timer_.reset();
      return sync::Wake{random_jitter()};
    }
    const auto tidy = now + kTidyInterval;
    changed_.wait_until(lock, timer_ ? std::min(*timer_, tidy) : tidy);
    if (!events_.empty() || stopping_) continue;
    lock.unlock();
    tidy_store();
    lock.lock();
  }
  return std::nullopt;
}

void SyncDriver::run() {
  while (const auto event = next_event()) {
    std::deque<sync::Event> follow{*event};
    while (!follow.empty()) {
      const sync::Event current = std::move(follow.front());
      follow.pop_front();
      for (const auto& action : sync::step(session_, current))
        if (auto result = perform(action)) follow.push_back(std::move(*result));
      const std::lock_guard lock(mutex_);
      if (stopping_) break;
      // A save during a call is heard before the next call.
      while (!events_.empty()) {
        follow.push_back(std::move(events_.front()));
        events_.pop_front();
      }
    }
  }
}

std::optional<sync::Event> SyncDriver::perform(const sync::Action& action) {
  struct Performer {
    SyncDriver& driver;
    std::optional<sync::Event> operator()(const sync::SendHello&) { return driver.say_hello(); }
    std::optional<sync::Event> operator()(const sync::NextBatch& next) {
      return driver.read_batch(next.emergency);
    }
    std::optional<sync::Event> operator()(const sync::SendBatch&) { return driver.send_batch(); }
    std::optional<sync::Event> operator()(const sync::PullPage&) { return driver.pull_page(); }
    std::optional<sync::Event> operator()(const sync::WaitForNews&) {
      return driver.begin_wait(), std::nullopt;
    }
    std::optional<sync::Event> operator()(const sync::CancelWait&) {
      {
        const std::lock_guard lock(driver.mutex_);
        driver.wait_request_.reset();
      }
      driver.waiting_transport_->cancel();
      return std::nullopt;
    }
    std::optional<sync::Event> operator()(const sync::StartTimer& timer) {
      const std::lock_guard lock(driver.mutex_);
      driver.timer_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(timer.delay_ms);
      return std::nullopt;
    }
    std::optional<sync::Event> operator()(const sync::Report& report) {
      return driver.report(report), std::nullopt;
    }
  };
  return std::visit(Performer{*this}, action);
}

std::optional<sync::Event> SyncDriver::say_hello() {
  Bytes frame;
  {
    const std::lock_guard store(store_mutex_);
    const auto hello = steps_.hello();
    if (!hello.ok()) return failed(hello.error());
    frame = wire::encode(*hello, crypto::sha256);
  }
  const auto answer = client_.post(kHelloTarget, frame);
  if (!answer.ok()) return failed(answer.error(), client_.retry_after_ms());
  const auto reply = wire::decode_hello_reply(*answer, crypto::sha256);
  if (!reply.ok()) return failed(reply.error());
  const std::lock_guard store(store_mutex_);
  const auto again = steps_.greeted(*reply);
  if (!again.ok()) return failed(again.error());
  if (*again)
    return sync::Event{
        sync::GreetingRefused{{"sync.new_incarnation", "the chain of this tablet starts again"}}};
  return sync::Event{sync::Greeted{reply->known_seq, reply->news}};
}

std::optional<sync::Event> SyncDriver::read_batch(bool emergency) {
  const std::lock_guard store(store_mutex_);
  auto batch = steps_.batch(emergency);
  if (!batch.ok()) return failed(batch.error());
  batch_ = std::move(*batch);
  return sync::Event{sync::BatchReady{batch_.groups.size()}};
}

std::optional<sync::Event> SyncDriver::send_batch() {
  const auto answer = client_.post(kPushTarget, wire::encode(batch_, crypto::sha256));
  if (!answer.ok()) return failed(answer.error(), client_.retry_after_ms());
  const auto reply = wire::decode_push_reply(*answer, crypto::sha256);
  if (!reply.ok()) return failed(reply.error());
  if (reply->verdicts.size() != batch_.groups.size())
    return failed({"wire.message", "the district did not answer for every group"});
  {
    const std::lock_guard store(store_mutex_);
    const Status stored = steps_.pushed(*reply);
    if (!stored.ok()) return failed(stored.error());
  }
  if (options_.on_change) options_.on_change(false);
  return sync::Event{sync::BatchAnswered{batch_.groups.size()}};
}

std::optional<sync::Event> SyncDriver::pull_page() {
  Bytes frame;
  {
    const std::lock_guard store(store_mutex_);
    const auto pull = steps_.pull();
    if (!pull.ok()) return failed(pull.error());
    frame = wire::encode(*pull, crypto::sha256);
  }
  const auto answer = client_.post(kPullTarget, frame);
  if (!answer.ok()) return failed(answer.error(), client_.retry_after_ms());
  const auto page = wire::decode_page(*answer, crypto::sha256);
  if (!page.ok()) return failed(page.error());
  Result<bool> more = false;
  {
    const std::lock_guard store(store_mutex_);
    more = steps_.page(*page);
    if (more.ok() && !*more) {
      const Status noted = steps_.succeeded();
      if (!noted.ok()) return failed(noted.error());
    }
  }
  if (!more.ok()) return failed(more.error());
  if (options_.on_change) options_.on_change(!page->rows.empty());
  return sync::Event{sync::PageApplied{*more}};
}

void SyncDriver::begin_wait() {
  std::optional<wire::Wait> request;
  {
    const std::lock_guard store(store_mutex_);
    auto wait = steps_.wait();
    if (wait.ok()) request = std::move(*wait);
  }
  tidy_store();
  {
    const std::lock_guard lock(mutex_);
    ++rounds_;
    status_.error = {};
    if (keep_waiting_) wait_request_ = std::move(request);
  }
  changed_.notify_all();
}

void SyncDriver::wait_for_news() {
  while (true) {
    wire::Wait request;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || wait_request_.has_value(); });
      if (stopping_) return;
      request = *wait_request_;
    }
    const auto answer = waiting_client_.post(kWaitTarget, wire::encode(request, crypto::sha256));
    const auto reply = answer.ok() ? wire::decode_wait_reply(*answer, crypto::sha256)
                                   : Result<wire::WaitReply>(answer.error());
    const std::lock_guard lock(mutex_);
    // Interrupted by a save or by the end: nobody waits for this answer any more.
    if (stopping_ || !wait_request_) continue;
    wait_request_.reset();
    if (reply.ok())
      events_.emplace_back(sync::WaitEnded{reply->news});
    else
      events_.emplace_back(failed(reply.error(), waiting_client_.retry_after_ms()));
    changed_.notify_all();
  }
}

sync::Event SyncDriver::failed(const Error& error, std::int64_t retry_after_ms) {
  return sync::Failed{error, retry_after_ms, random_jitter()};
}

void SyncDriver::report(const sync::Report& report) {
  {
    const std::lock_guard lock(mutex_);
    status_.phase = report.phase;
    if (!report.error.code.empty()) {
      status_.error = report.error;
      ++failures_;
    }
  }
  changed_.notify_all();
}

// SQLite's log goes into the file at most 30 s after a save: a damaged log then costs nothing.
void SyncDriver::tidy_store() {
  const std::lock_guard store(store_mutex_);
  if (!store_.needs_checkpoint()) return;
  const Status emptied = store_.checkpoint();
  if (!emptied.ok()) report({session_.phase, emptied.error()});
}

bool SyncDriver::nothing_unsent() {
  const std::lock_guard store(store_mutex_);
  const auto unsent = store_.groups().unsent();
  return unsent.ok() && unsent->groups == 0;
}

Status SyncDriver::run_round(std::chrono::milliseconds patience) {
  const bool started = !control_.joinable();
  std::uint64_t rounds = 0;
  std::uint64_t failures = 0;
  {
    const std::lock_guard lock(mutex_);
    rounds = rounds_;
    failures = failures_;
  }
  const auto until = std::chrono::steady_clock::now() + patience;
  if (started)
    start(false);
  else
    wake();
  Error error{"sync.timeout", "the sync did not finish in time"};
  bool complete = false;
  while (!complete) {
    std::unique_lock lock(mutex_);
    const auto settled = [&] { return rounds_ > rounds || failures_ > failures || stopping_; };
    if (patience.count() > 0)
      changed_.wait_until(lock, until, settled);
    else
      changed_.wait(lock, settled);
    if (failures_ > failures) error = status_.error;
    const bool round_ended = rounds_ > rounds;
    const bool over =
        stopping_ || status_.phase == sync::Phase::stopped || std::chrono::steady_clock::now() >= until;
    rounds = rounds_;
    failures = failures_;
    lock.unlock();
    complete = round_ended && nothing_unsent();
    if (complete) break;
    if (over) break;
    if (round_ended) wake();
  }
  if (started) stop();
  return complete ? Status{} : Status{error};
}

}  // namespace doudi::field
