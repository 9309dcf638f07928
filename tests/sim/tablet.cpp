#include "tests/sim/tablet.hpp"

#include "field_client/keys/key_change.hpp"
#include "field_client/rescue/rescue.hpp"

namespace doudi::sim {
namespace {

constexpr std::int64_t kCallTimeoutMs = 30'000;
constexpr std::int64_t kWaitTimeoutMs = 40'000;
constexpr std::int64_t kTidyIntervalMs = 15'000;

}  // namespace

struct SimTablet::Running {
  Running(std::unique_ptr<field::Store> opened, field::SyncRound::Jitter jitter)
      : store(std::move(opened)), round(*store, std::move(jitter)) {}
  std::unique_ptr<field::Store> store;
  field::SyncRound round;
  sync::TabletSession session;
  std::deque<sync::Event> inbox;   // what happened while a call was under way
  std::deque<sync::Event> follow;  // what the round itself led to
  std::deque<sync::Action> actions;
  std::string nonce, wait_nonce;
  std::unique_ptr<field::SignedExchange> exchange, wait_exchange;
  std::uint64_t timer = 0, wait = 0;  // only the newest of each counts
  bool in_call = false;
  std::optional<Error> last_error;
  std::optional<field::Board> board;
  std::uint64_t board_version = 0;
};

SimTablet::SimTablet(int index, EventQueue& queue, SimNetwork& network, const Enrolled& enrolled,
                     const DiskImage& disk, Rng rng)
    : index_(index), queue_(queue), network_(network), enrolled_(&enrolled), storage_(rng.next()), rng_(rng) {
  storage_.disk.restore(disk);
  storage_.vfs.set_clock([this] { return kStartMs + queue_.now_ms() + clock_.offset_ms; });
}

SimTablet::~SimTablet() {
  crash();
}

field::DeviceClock SimTablet::device_clock() {
  return {[this] { return Instant{kStartMs + queue_.now_ms() + clock_.offset_ms}; },
          [this] { return queue_.now_ms() - clock_.booted_at_ms; }, "boot-" + std::to_string(clock_.boots)};
}

field::StoreOptions SimTablet::store_options() {
  field::StoreOptions options;
  options.folder = kTabletFolder;
  options.clock = device_clock();
  options.disk = &storage_.files;
  options.schema = &version_ahead(ahead_).tablet();
  return options;
}

field::KeyManager SimTablet::keys() {
  return {kTabletFolder, device_clock(), storage_.files};
}

Result<Secret> SimTablet::unlock() {
  for (auto pin = pins_.rbegin(); pin != pins_.rend(); ++pin) {
    auto key = keys().unlock(*pin);
    if (!key.ok() && key.error().code == "keys.wrong_pin") continue;
    if (key.ok()) pin_ = *pin;
    return key;
  }
  return Error{"keys.wrong_pin", "none of the PINs opens the tablet"};
}

Status SimTablet::change_pin(const std::string& pin) {
  pins_.push_back(pin);
  DOUDI_TRY(keys().change_pin(pin_, pin));
  pin_ = pin;
  return {};
}

Status SimTablet::change_key() {
  crash();
  field::KeyManager manager = keys();
  return field::change_key(store_options(), manager, pin_);
}

Status SimTablet::rescue() {
  crash();
  DOUDI_ASSIGN(const Secret key, unlock());
  const auto facts = field::rescue_store(store_options(), key);
  return facts.ok() ? Status{} : Status(facts.error());
}

Status SimTablet::start(bool accept_loss) {
  clock_.booted_at_ms = queue_.now_ms();
  ++clock_.boots;
  field::StoreOptions options = store_options();
  options.accept_loss = accept_loss;
  DOUDI_ASSIGN(const Secret key, unlock());
  DOUDI_ASSIGN(auto store, field::Store::open(options, key));
  running_ = std::make_unique<Running>(std::move(store), [this] { return jitter(); });
  tidy_later();
  wake();
  return {};
}

void SimTablet::crash(Chance* power) {
  ++life_;
  if (power != nullptr)
    storage_.disk.cut_power(*power);
  else
    storage_.disk.kill();
  running_.reset();
}

void SimTablet::enrol_again(const Enrolled& renewed, const NewIdentity& identity) {
  must(field::keep_identity(store(), identity.answer, identity.key));
  crash();
  enrolled_ = &renewed;
}

void SimTablet::wake() {
  post(sync::Wake{jitter()});
}

field::Store& SimTablet::store() {
  return *running_->store;
}

field::Board& SimTablet::board(const field::ShareData& share) {
  if (!running_->board) running_->board.emplace(share.pack, share.calendar);
  const CivilDate today = date_of(store().clock().wall());
  if (running_->board_version != store().version() || !running_->board->holds(today)) {
    must(running_->board->load(store().connection(), today));
    running_->board_version = store().version();
  }
  return *running_->board;
}

sync::Phase SimTablet::phase() const {
  return running_ ? running_->session.phase : sync::Phase::stopped;
}

std::optional<Error> SimTablet::last_error() const {
  return running_ ? running_->last_error : std::nullopt;
}

void SimTablet::post(sync::Event event) {
  running_->inbox.push_back(std::move(event));
  queue_.after(0, [this, life = life_] {
    if (life == life_ && running_) pump();
  });
}

// The control thread of the driver: actions of an event, then what they led to, then what happened meanwhile.
void SimTablet::pump() {
  Running& run = *running_;
  while (!run.in_call) {
    if (!run.actions.empty()) {
      const sync::Action action = std::move(run.actions.front());
      run.actions.pop_front();
      perform(action);
      continue;
    }
    auto& source = run.follow.empty() ? run.inbox : run.follow;
    if (source.empty()) return;
    const sync::Event event = std::move(source.front());
    source.pop_front();
    for (auto& action : sync::step(run.session, event)) run.actions.push_back(std::move(action));
  }
}

void SimTablet::perform(const sync::Action& action) {
  Running& run = *running_;
  if (std::holds_alternative<sync::WaitForNews>(action)) return begin_wait();
  if (std::holds_alternative<sync::CancelWait>(action)) {
    ++run.wait;
    return;
  }
  if (const auto* timer = std::get_if<sync::StartTimer>(&action)) return start_timer(timer->delay_ms);
  if (const auto* report = std::get_if<sync::Report>(&action)) {
    run.last_error.reset();
    if (!report->error.code.empty()) run.last_error = report->error;
    return;
  }
  auto step = run.round.begin(action);
  if (!step) return;
  if (auto* event = std::get_if<sync::Event>(&*step))
    run.follow.push_back(std::move(*event));
  else
    begin_call(std::get<field::SyncCall>(*step));
}

void SimTablet::begin_call(const field::SyncCall& call) {
  Running& run = *running_;
  run.in_call = true;
  if (call.upload)
    run.exchange = std::make_unique<field::SignedExchange>(
        enrolled_->identity, run.nonce,
        field::HttpRequest{call.upload->method, call.upload->target, call.upload->headers,
                           call.upload->content_type, call.upload->body});
  else
    run.exchange =
        std::make_unique<field::SignedExchange>(enrolled_->identity, run.nonce, call.target, call.frame);
  send_next();
}

void SimTablet::send_next() {
  Running& run = *running_;
  if (const auto request = run.exchange->next()) {
    network_.call(index_, *request, kCallTimeoutMs,
                  [this, life = life_](Result<field::HttpResponse> response) {
                    if (life != life_ || !running_) return;
                    running_->exchange->take(std::move(response));
                    send_next();
                  });
    return;
  }
  run.in_call = false;
  run.follow.push_back(run.round.answered(run.exchange->result(), run.exchange->retry_after_ms()));
  while (!run.inbox.empty()) {
    run.follow.push_back(std::move(run.inbox.front()));
    run.inbox.pop_front();
  }
  pump();
}

void SimTablet::begin_wait() {
  Running& run = *running_;
  const auto call = run.round.wait_call();
  if (!call.ok()) {
    run.follow.push_back(run.round.failed(call.error()));
    return;
  }
  run.wait_exchange =
      std::make_unique<field::SignedExchange>(enrolled_->identity, run.wait_nonce, call->target, call->frame);
  send_wait(++run.wait);
}

void SimTablet::send_wait(std::uint64_t wait) {
  Running& run = *running_;
  if (const auto request = run.wait_exchange->next()) {
    network_.call(index_, *request, kWaitTimeoutMs,
                  [this, wait, life = life_](Result<field::HttpResponse> response) {
                    if (life != life_ || !running_ || running_->wait != wait) return;
                    running_->wait_exchange->take(std::move(response));
                    send_wait(wait);
                  });
    return;
  }
  post(run.round.wait_answered(run.wait_exchange->result(), run.wait_exchange->retry_after_ms()));
}

void SimTablet::start_timer(std::int64_t delay_ms) {
  queue_.after(delay_ms, [this, life = life_, timer = ++running_->timer] {
    if (life == life_ && running_ && running_->timer == timer) wake();
  });
}

// SQLite's log goes into the file within 30 s after a save.
void SimTablet::tidy_later() {
  queue_.after(kTidyIntervalMs, [this, life = life_] {
    if (life != life_ || !running_) return;
    if (store().needs_checkpoint()) static_cast<void>(store().checkpoint());
    tidy_later();
  });
}

}  // namespace doudi::sim
