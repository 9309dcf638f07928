#include "field_client/sync/driver.hpp"

namespace doudi::field {
namespace {

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
  TransportOptions uploading = options.transport;
  uploading.timeout = std::chrono::seconds(60);
  uploading.for_uploads = true;
  DOUDI_ASSIGN(auto upload_transport, make_transport(uploading));
  return std::unique_ptr<SyncDriver>(new SyncDriver(store, store_mutex, std::move(options),
                                                    std::move(transport), std::move(waiting_transport),
                                                    std::move(upload_transport)));
}

SyncDriver::SyncDriver(Store& store, std::mutex& store_mutex, SyncDriverOptions options,
                       std::unique_ptr<Transport> transport, std::unique_ptr<Transport> waiting_transport,
                       std::unique_ptr<Transport> upload_transport)
    : store_(store),
      store_mutex_(store_mutex),
      options_(std::move(options)),
      round_(store, &random_jitter),
      transport_(std::move(transport)),
      waiting_transport_(std::move(waiting_transport)),
      upload_transport_(std::move(upload_transport)),
      client_(*transport_, *upload_transport_, options_.identity),
      waiting_client_(*waiting_transport_, *waiting_transport_, options_.identity) {}

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
  upload_transport_->set_closed(true);
  if (control_.joinable()) control_.join();
  if (waiter_.joinable()) waiter_.join();
}

// The event first: whoever finds the upload interrupted then finds the reason too.
void SyncDriver::wake() {
  post(sync::Wake{random_jitter()});
  upload_transport_->set_closed(true);
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
  if (std::holds_alternative<sync::WaitForNews>(action)) return begin_wait();
  if (std::holds_alternative<sync::CancelWait>(action)) {
    {
      const std::lock_guard lock(mutex_);
      wait_request_.reset();
    }
    waiting_transport_->cancel();
  }
  if (const auto* timer = std::get_if<sync::StartTimer>(&action)) {
    const std::lock_guard lock(mutex_);
    timer_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(timer->delay_ms);
  }
  if (const auto* phase = std::get_if<sync::Report>(&action)) {
    if (phase->error.code == "auth.revoked" && options_.on_revoked) options_.on_revoked();
    report(*phase);
  }
  if (std::holds_alternative<sync::NextPiece>(action)) {
    const std::lock_guard lock(mutex_);
    if (!stopping_) upload_transport_->set_closed(false);
  }
  return perform_on_store(action);
}

// The store is free while a call is under way: a save does not wait for the network.
std::optional<sync::Event> SyncDriver::perform_on_store(const sync::Action& action) {
  std::optional<SyncRound::Step> step;
  {
    const std::lock_guard store(store_mutex_);
    step = round_.begin(action);
  }
  if (!step) return std::nullopt;
  if (auto* event = std::get_if<sync::Event>(&*step)) return std::move(*event);
  sync::Event event = make_call(std::move(std::get<SyncCall>(*step)));
  const bool verdicts = std::holds_alternative<sync::BatchAnswered>(event);
  const bool rows = round_.take_rows_changed();
  if ((verdicts || rows || std::holds_alternative<sync::PageApplied>(event)) && options_.on_change)
    options_.on_change(rows);
  return event;
}

sync::Event SyncDriver::make_call(SyncCall call) {
  const auto answer =
      call.upload ? client_.call({call.upload->method, call.upload->target, std::move(call.upload->headers),
                                  call.upload->content_type, std::move(call.upload->body)})
                  : client_.post(call.target, call.frame);
  const std::lock_guard store(store_mutex_);
  return round_.answered(answer, client_.retry_after_ms());
}

std::optional<sync::Event> SyncDriver::begin_wait() {
  auto request = [this] {
    const std::lock_guard store(store_mutex_);
    return round_.wait_call();
  }();
  tidy_store();
  {
    const std::lock_guard lock(mutex_);
    ++rounds_;
    status_.error = {};
    if (keep_waiting_ && request.ok()) wait_request_ = std::move(*request);
    ++waits_;
  }
  changed_.notify_all();
  if (request.ok()) return std::nullopt;
  return round_.failed(request.error());
}

void SyncDriver::wait_for_news() {
  while (true) {
    SyncCall request;
    std::uint64_t number = 0;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || wait_request_.has_value(); });
      if (stopping_) return;
      request = *wait_request_;
      number = waits_;
    }
    const auto answer = waiting_client_.post(request.target, request.frame);
    const std::lock_guard lock(mutex_);
    // Interrupted by a save or by the end: nobody waits for this answer any more, even if a next wait has
    // begun.
    if (stopping_ || !wait_request_ || number != waits_) continue;
    wait_request_.reset();
    events_.emplace_back(round_.wait_answered(answer, waiting_client_.retry_after_ms()));
    changed_.notify_all();
  }
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
