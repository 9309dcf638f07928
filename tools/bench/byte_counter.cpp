#include "tools/bench/byte_counter.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <vector>

namespace doudi::bench {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

struct Pair {
  int client = -1;
  int server = -1;
};

// False when either side is gone.
bool forward(int from, int to, std::atomic<std::uint64_t>& counter) {
  std::array<char, 65536> buffer{};
  const ssize_t count = recv(from, buffer.data(), buffer.size(), 0);
  if (count <= 0) return false;
  counter += static_cast<std::uint64_t>(count);
  return send(to, buffer.data(), static_cast<std::size_t>(count), MSG_NOSIGNAL) == count;
}

}  // namespace

ByteCounter::ByteCounter(std::uint16_t target_port) : target_port_(target_port) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 16) != 0) {
    throw std::runtime_error("cannot listen on loopback");
  }
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { relay_all(); });
}

ByteCounter::~ByteCounter() {
  stopping_ = true;
  thread_.join();
  close(listener_);
}

void ByteCounter::relay_all() {
  std::vector<Pair> pairs;
  while (!stopping_) {
    std::vector<pollfd> files{{listener_, POLLIN, 0}};
    for (const Pair& pair : pairs) {
      files.push_back({pair.client, POLLIN, 0});
      files.push_back({pair.server, POLLIN, 0});
    }
    if (poll(files.data(), files.size(), 50) <= 0) continue;
    std::vector<Pair> alive;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      const bool up = files[1 + 2 * i].revents == 0 || forward(pairs[i].client, pairs[i].server, up_);
      const bool down = files[2 + 2 * i].revents == 0 || forward(pairs[i].server, pairs[i].client, down_);
      if (up && down) {
        alive.push_back(pairs[i]);
      } else {
        close(pairs[i].client);
        close(pairs[i].server);
      }
    }
    pairs = std::move(alive);
    if (files[0].revents != 0) {
      Pair pair{accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC),
                socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
      const sockaddr_in target = loopback(target_port_);
      if (connect(pair.server, reinterpret_cast<const sockaddr*>(&target), sizeof target) == 0) {
        pairs.push_back(pair);
      } else {
        close(pair.client);
        close(pair.server);
      }
    }
  }
  for (const Pair& pair : pairs) {
    close(pair.client);
    close(pair.server);
  }
}

}  // namespace doudi::bench
