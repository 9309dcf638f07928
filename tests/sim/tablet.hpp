// A tablet in a simulation: the product's store, session and rounds; calls and timers go through the event
// queue. What the driver does with two threads happens here one event at a time.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "field_client/keys/key_manager.hpp"
#include "field_client/store/store.hpp"
#include "field_client/sync/round.hpp"
#include "field_client/work/board.hpp"
#include "tests/sim/base_world.hpp"
#include "tests/sim/network.hpp"

namespace doudi::sim {

struct TabletClock {
  std::int64_t offset_ms = 0;  // wall clock against true time
  std::int64_t booted_at_ms = 0;
  int boots = 1;
};

class SimTablet {
 public:
  SimTablet(int index, EventQueue& queue, SimNetwork& network, const Enrolled& enrolled,
            const DiskImage& disk, Rng rng);
  ~SimTablet();
  SimTablet(const SimTablet&) = delete;
  SimTablet& operator=(const SimTablet&) = delete;

  // Opens the store and starts to sync.
  Status start(bool accept_loss = false);
  // With `power`, what the disk had not synced is kept, lost or torn.
  void crash(Chance* power = nullptr);
  [[nodiscard]] bool is_up() const { return running_ != nullptr; }
  // A district that was put back has forgotten the tablet: it gets a new identity and keeps its records.
  void enrol_again(const Enrolled& renewed, const NewIdentity& identity);
  // Closes the store, which is damaged, and takes what can be read into a new one.
  Status rescue();
  // The worker remembers both: whether the change was made is not known when it was cut off.
  Status change_pin(const std::string& pin);
  // Closes the store and gives it another data key.
  Status change_key();
  // The one that opened the store.
  [[nodiscard]] const std::string& pin() const { return pin_; }
  // The worker of a clone knows what the worker of the other knows.
  void know_pins_of(const SimTablet& other) { pins_ = other.pins_; }
  // What is started from now on is the program so many versions ahead of this one.
  void install(int ahead) { ahead_ = ahead; }
  [[nodiscard]] int ahead() const { return ahead_; }
  void wake();
  [[nodiscard]] int index() const { return index_; }
  [[nodiscard]] std::string name() const { return "tablet " + std::to_string(index_); }
  [[nodiscard]] field::Store& store();
  [[nodiscard]] field::Board& board(const field::ShareData& share);
  [[nodiscard]] const Enrolled& enrolled() const { return *enrolled_; }
  [[nodiscard]] SimStorage& storage() { return storage_; }
  [[nodiscard]] TabletClock& clock() { return clock_; }
  // Its history was cut or doubled: it may no longer know all that it sent.
  void split() { was_split_ = true; }
  [[nodiscard]] bool was_split() const { return was_split_; }
  [[nodiscard]] sync::Phase phase() const;
  [[nodiscard]] std::optional<Error> last_error() const;

 private:
  // Everything that a crash takes.
  struct Running;
  [[nodiscard]] field::DeviceClock device_clock();
  [[nodiscard]] field::KeyManager keys();
  Result<Secret> unlock();
  [[nodiscard]] field::StoreOptions store_options();
  void post(sync::Event event);
  void pump();
  void perform(const sync::Action& action);
  void begin_call(const field::SyncCall& call);
  void send_next();
  void begin_wait();
  void send_wait(std::uint64_t wait);
  void start_timer(std::int64_t delay_ms);
  void tidy_later();
  std::int64_t jitter() { return static_cast<std::int64_t>(rng_.below(std::uint64_t{1} << 31U)); }

  int index_;
  EventQueue& queue_;
  SimNetwork& network_;
  const Enrolled* enrolled_;
  SimStorage storage_;
  Rng rng_;
  TabletClock clock_;
  std::vector<std::string> pins_{std::string(kFirstPin)};  // a tablet may be put back to any of them
  std::string pin_;
  std::unique_ptr<Running> running_;
  int ahead_ = 0;
  bool was_split_ = false;
  std::uint64_t life_ = 0;  // events of an earlier life do nothing
};

}  // namespace doudi::sim
