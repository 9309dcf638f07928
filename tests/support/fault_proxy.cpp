// A thread per connection with poll(2); connections are few in a test.
#include "tests/support/fault_proxy.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <random>
#include <span>
#include <stdexcept>
#include <thread>
#include <vector>

namespace doudi::test {
namespace {

constexpr int kPollMs = 50;
constexpr std::chrono::milliseconds kSilence{1500};

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

class Socket {
 public:
  explicit Socket(int number) : number_(number) {}
  Socket(Socket&& other) noexcept : number_(other.number_) { other.number_ = -1; }
  Socket& operator=(Socket&&) = delete;
  ~Socket() {
    if (number_ >= 0) close(number_);
  }
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

Socket connect_to(std::uint16_t port) {
  Socket made(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback(port);
  if (connect(made.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return Socket(-1);
  return made;
}

bool send_all(int to, std::span<const char> bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
  return true;
}

// Without a FIN that looks like a proper end: the peer sees a reset.
void reset(int socket_number) {
  const linger hard{1, 0};
  setsockopt(socket_number, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}

// The peer gets all that was sent to it. Closing with unread bytes would reset the connection and throw away
// what the peer has not fetched yet.
void end_gently(int socket_number) {
  shutdown(socket_number, SHUT_WR);
  const timeval patience{2, 0};
  setsockopt(socket_number, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  std::array<char, 4096> unread{};
  while (recv(socket_number, unread.data(), unread.size(), 0) > 0) {
  }
}

}  // namespace

struct FaultProxy::Impl {
  explicit Impl(std::uint16_t target)
      : server_port(target), listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const sockaddr_in address = loopback(0);
    if (bind(listener.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        listen(listener.number(), 64) != 0)
      throw std::runtime_error("the relay cannot listen");
    sockaddr_in bound{};
    socklen_t size = sizeof bound;
    getsockname(listener.number(), reinterpret_cast<sockaddr*>(&bound), &size);
    port = ntohs(bound.sin_port);
    acceptor = std::jthread([this] { accept_all(); });
  }

  ~Impl() {
    stopping = true;
    acceptor.join();
    relays.clear();
  }

  void accept_all() {
    while (!stopping) {
      pollfd waiting{listener.number(), POLLIN, 0};
      if (poll(&waiting, 1, kPollMs) <= 0) continue;
      Socket client(accept4(listener.number(), nullptr, nullptr, SOCK_CLOEXEC));
      if (client.number() < 0) continue;
      const std::lock_guard lock(mutex);
      const std::uint64_t number = ++connections;
      relays.emplace_back([this, now = plan, number, taken = std::move(client)]() mutable {
        relay(now, number, std::move(taken));
      });
    }
  }

  struct Strike {
    Fault fault = Fault::none;
    std::uint64_t after = 0;
  };
  static Strike choose(const FaultPlan& now, std::uint64_t number) {
    if (now.cut_every > 0) return {};
    std::mt19937_64 random(now.seed * 1'000'003 + number);
    if (static_cast<int>(random() % 100) >= now.faulty_percent) return {};
    const auto fault = static_cast<Fault>(1 + random() % 7);
    return {fault, random() % now.cut_after_max};
  }

  void relay(const FaultPlan& now, std::uint64_t number, Socket client) {
    const Strike strike = choose(now, number);
    const Socket server = connect_to(server_port);
    if (dead) return reset(client.number());
    if (strike.fault == Fault::refuse || server.number() < 0) {
      if (strike.fault == Fault::refuse) ++faults;
      return reset(client.number());
    }
    std::uint64_t from_client = 0;
    std::uint64_t from_server = 0;
    const std::uint64_t born = breaks;
    while (!stopping && breaks == born) {
      std::array<pollfd, 2> ends{{{client.number(), POLLIN, 0}, {server.number(), POLLIN, 0}}};
      if (poll(ends.data(), ends.size(), kPollMs) <= 0) continue;
      if (ends[0].revents != 0 && !pass(now, strike, client, server, from_client, true)) break;
      if (ends[1].revents != 0 && !pass(now, strike, server, client, from_server, false)) break;
    }
    reset(client.number());
    // A link that breaks takes nothing back of what had passed; a reset would.
    now.cut_every == 0 ? reset(server.number()) : end_gently(server.number());
  }

  // Over a link that breaks one connection passes bytes at a time: the count is exact.
  bool pass_counted(const FaultPlan& now, const Socket& from, const Socket& to) {
    const std::lock_guard lock(link);
    std::array<char, 16 * 1024> buffer{};
    const auto room = std::min<std::uint64_t>(buffer.size(), now.cut_every - link_bytes);
    const ssize_t got = recv(from.number(), buffer.data(), static_cast<std::size_t>(room), 0);
    if (got <= 0) return false;
    const auto size = static_cast<std::size_t>(got);
    bytes_up += size;
    link_bytes += size;
    const bool sent = send_all(to.number(), {buffer.data(), size});
    if (link_bytes < now.cut_every) return sent;
    link_bytes = 0;
    dead = now.dies;
    ++breaks;
    ++faults;
    return false;
  }

  // One piece; false at the end of the connection.
  bool pass(const FaultPlan& now, const Strike& strike, const Socket& from, const Socket& to,
            std::uint64_t& passed, bool is_up) {
    if (is_up && now.cut_every > 0) return pass_counted(now, from, to);
    std::array<char, 16 * 1024> buffer{};
    const ssize_t got = recv(from.number(), buffer.data(), buffer.size(), 0);
    if (got <= 0) return false;
    std::span<char> piece(buffer.data(), static_cast<std::size_t>(got));
    (is_up ? bytes_up : bytes_down) += piece.size();
    const bool struck = passed <= strike.after && strike.after < passed + piece.size();
    const std::size_t place = struck ? static_cast<std::size_t>(strike.after - passed) : 0;
    passed += piece.size();
    if (strike.fault == Fault::delay) std::this_thread::sleep_for(now.delay);
    const Fault cut = is_up ? Fault::cut_request : Fault::cut_answer;
    if (struck && strike.fault == cut) {
      ++faults;
      send_all(to.number(), piece.first(place));
      return false;
    }
    if (struck && strike.fault == Fault::silence) {
      ++faults;
      const auto until = std::chrono::steady_clock::now() + kSilence;
      while (!stopping && std::chrono::steady_clock::now() < until)
        std::this_thread::sleep_for(std::chrono::milliseconds(kPollMs));
      return false;
    }
    if (struck && is_up && strike.fault == Fault::flip_bit) {
      ++faults;
      piece[place] = static_cast<char>(piece[place] ^ 4);
    }
    if (struck && is_up && strike.fault == Fault::double_piece) {
      ++faults;
      if (!send_all(to.number(), piece)) return false;
    }
    return send_all(to.number(), piece);
  }

  std::uint16_t server_port;
  std::uint16_t port = 0;
  Socket listener;
  std::mutex mutex;  // guards plan and relays
  std::mutex link;   // guards link_bytes
  std::uint64_t link_bytes = 0;
  FaultPlan plan;
  std::vector<std::jthread> relays;
  std::atomic<bool> stopping{false}, dead{false};
  std::atomic<std::uint64_t> connections{0}, faults{0}, breaks{0}, bytes_up{0}, bytes_down{0};
  std::jthread acceptor;
};

FaultProxy::FaultProxy(std::uint16_t server_port, const FaultPlan& plan)
    : impl_(std::make_unique<Impl>(server_port)) {
  set_plan(plan);
}

FaultProxy::~FaultProxy() = default;

std::uint16_t FaultProxy::port() const {
  return impl_->port;
}
void FaultProxy::set_plan(const FaultPlan& plan) {
  const std::lock_guard lock(impl_->mutex);
  impl_->plan = plan;
  impl_->dead = false;
  const std::lock_guard link(impl_->link);
  impl_->link_bytes = 0;
}
std::uint64_t FaultProxy::connections() const {
  return impl_->connections;
}
std::uint64_t FaultProxy::faults() const {
  return impl_->faults;
}
std::uint64_t FaultProxy::bytes_up() const {
  return impl_->bytes_up;
}
std::uint64_t FaultProxy::bytes_down() const {
  return impl_->bytes_down;
}

}  // namespace doudi::test
