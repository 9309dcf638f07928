// One io thread: its context, its connections and the sweep that ends overdue ones. Inside this layer only.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>

#include "shared/http/asio.hpp"
#include "shared/http/router.hpp"
#include "shared/http/server.hpp"

namespace doudi::http {

class BodyPlaces;

// What all threads share. Options, router and gate are only read once the threads run.
struct ServerState {
  ServerState(ServerOptions given_options, Router given_router, Gate given_gate);
  ~ServerState();
  ServerOptions options;
  Router router;
  Gate gate;
  std::optional<net::ssl::context> tls;
  std::shared_ptr<BodyPlaces> bodies;
  std::atomic<std::uint64_t> connections_open{0};
  std::atomic<std::uint64_t> connections_total{0};
  std::atomic<std::uint64_t> requests_total{0};
  std::atomic<std::uint64_t> requests_refused{0};
  std::mutex mutex;
  std::condition_variable connection_gone;
};

// The way into an io thread from any other. Outlives the server: an answer that comes after stop() finds it
// closed.
class Mailbox {
 public:
  explicit Mailbox(net::io_context& context) : context_(&context) {}
  // Runs `work` on the io thread, at once when called there. Drops it after close().
  void deliver(std::function<void()> work);
  void close();

 private:
  std::mutex mutex_;
  net::io_context* context_;
};

// Ends its coroutine by closing the socket; the last coroutine owns it.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  virtual ~Connection() = default;
  virtual void expire(Clock::time_point now) = 0;  // closes when its deadline has passed
  virtual void drain() = 0;                        // ends after the request under way
  virtual void abort() = 0;                        // ends now
  virtual void answer(std::uint64_t exchange, Response response) = 0;
  virtual void wake() = 0;      // events are queued, or a place is free
  virtual void end_body() = 0;  // reads what has arrived, then no more
};

struct Worker {
  explicit Worker(ServerState& shared)
      : state(shared), mailbox(std::make_shared<Mailbox>(context)), sweep_timer(context) {}
  ServerState& state;
  bool draining = false;
  bool ended = false;
  std::set<Connection*> connections;  // touched by the io thread only
  net::io_context context{1};
  std::shared_ptr<Mailbox> mailbox;
  Timer sweep_timer;
};

// Takes over an accepted socket. Call on the worker's thread.
void start_connection(Worker& worker, Socket socket);

}  // namespace doudi::http
