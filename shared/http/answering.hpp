// The answer function of one request, made to be called from any thread and at any time. Inside this layer
// only.
#pragma once

#include <atomic>
#include <memory>
#include <utility>

#include "shared/http/worker.hpp"

namespace doudi::http {

// Given to a handler as Respond. Answers with 500 when the last copy goes unused.
class Answering {
 public:
  Answering(std::shared_ptr<Mailbox> mailbox, std::weak_ptr<Connection> connection, std::uint64_t exchange)
      : mailbox_(std::move(mailbox)), connection_(std::move(connection)), exchange_(exchange) {}
  Answering(const Answering&) = delete;
  Answering& operator=(const Answering&) = delete;
  ~Answering() {
    if (!answered_) answer(problem(500, {"http.internal", "the request was not answered"}));
  }
  void answer(Response response) {
    if (answered_.exchange(true)) return;
    mailbox_->deliver(
        [connection = connection_, exchange = exchange_, response = std::move(response)]() mutable {
          if (const auto alive = connection.lock()) alive->answer(exchange, std::move(response));
        });
  }

 private:
  std::shared_ptr<Mailbox> mailbox_;
  std::weak_ptr<Connection> connection_;
  std::uint64_t exchange_;
  std::atomic<bool> answered_{false};
};

}  // namespace doudi::http
