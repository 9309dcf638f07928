// The queue between senders on any thread and the one connection that writes. Inside this layer only.
#pragma once

#include <functional>
#include <mutex>
#include <string>

#include "shared/http/server.hpp"

namespace doudi::http {

class EventQueue : public EventStream {
 public:
  // `wake` brings the connection to look at the queue; it is called without the lock, on the sender's thread.
  explicit EventQueue(std::function<void()> wake) : wake_(std::move(wake)) {}
  void send(std::string_view event, std::string_view data, std::string_view id = {}) override;
  [[nodiscard]] bool open() const override;
  void close() override;

  // All queued events in wire form.
  std::string take();
  // The reader was too slow: the connection is to be dropped without writing the rest.
  [[nodiscard]] bool overflowed() const;

 private:
  std::function<void()> wake_;
  mutable std::mutex mutex_;
  std::string queued_;
  std::size_t events_ = 0;
  bool open_ = true;
  bool overflowed_ = false;
};

}  // namespace doudi::http
