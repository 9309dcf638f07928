// One request line of JSON, then lines of output, then the exit code.
#include "sync_server/app/admin_socket.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <nlohmann/json.hpp>

namespace doudi::district {
namespace {

using nlohmann::json;

constexpr std::size_t kLineBytesMax = 64 * 1024;
constexpr int kRequestTimeoutMs = 5'000;

// A socket address holds some 100 bytes: a longer folder is reached through its descriptor.
struct Address {
  sockaddr_un name{};
  int folder = -1;
  ~Address() {
    if (folder >= 0) ::close(folder);
  }
};

void fill(Address& address, const std::filesystem::path& file) {
  std::string text = file.string();
  if (text.size() >= sizeof(address.name.sun_path)) {
    address.folder = ::open(file.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    text = "/proc/self/fd/" + std::to_string(address.folder) + "/" + file.filename().string();
  }
  address.name.sun_family = AF_UNIX;
  std::memcpy(address.name.sun_path, text.data(), std::min(text.size(), sizeof(address.name.sun_path) - 1));
}

const sockaddr* as_address(const sockaddr_un& name) {
  return reinterpret_cast<const sockaddr*>(&name);
}

bool send_line(int peer, const json& document) {
  const std::string line = document.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  std::size_t done = 0;
  while (done < line.size()) {
    const ssize_t count = ::send(peer, line.data() + done, line.size() - done, MSG_NOSIGNAL);
    if (count <= 0) return false;
    done += static_cast<std::size_t>(count);
  }
  return true;
}

// Reads up to the next newline; `rest` keeps what came after it. No limit in time when `timeout_ms` is
// negative.
std::optional<std::string> read_line(int peer, std::string& rest, int timeout_ms) {
  while (true) {
    if (const auto end = rest.find('\n'); end != std::string::npos) {
      std::string line = rest.substr(0, end);
      rest.erase(0, end + 1);
      return line;
    }
    if (timeout_ms >= 0 && rest.size() > kLineBytesMax) return std::nullopt;
    pollfd waiting{peer, POLLIN, 0};
    if (::poll(&waiting, 1, timeout_ms) <= 0) return std::nullopt;
    std::array<char, 4096> buffer{};
    const ssize_t count = ::recv(peer, buffer.data(), buffer.size(), 0);
    if (count <= 0) return std::nullopt;
    rest.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

// What reads a whole file or the whole store.
bool is_long(const Arguments& arguments) {
  return arguments.starts("import") || arguments.starts("compare") || arguments.starts("recover") ||
         arguments.starts("backup", "create") || arguments.starts("ledger", "export") ||
         arguments.starts("verify");
}

json to_json(const Arguments& arguments) {
  return {{"words", arguments.words},
          {"options", arguments.options},
          {"flags", arguments.flags},
          {"password", arguments.password}};
}

std::optional<Arguments> from_json(const std::string& line) {
  const json document = json::parse(line, nullptr, false);
  if (!document.is_object()) return std::nullopt;
  try {
    Arguments arguments;
    document.at("words").get_to(arguments.words);
    document.at("options").get_to(arguments.options);
    document.at("flags").get_to(arguments.flags);
    document.at("password").get_to(arguments.password);
    return arguments;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

}  // namespace

Result<std::unique_ptr<AdminSocket>> AdminSocket::open(District& district,
                                                       const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "admin.sock";
  ::unlink(file.c_str());  // left by a killed server: the store's lock is ours
  const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  Address address;
  fill(address, file);
  const mode_t before = ::umask(S_IRWXG | S_IRWXO);
  const bool bound =
      ::bind(listener, as_address(address.name), sizeof(address.name)) == 0 && ::listen(listener, 8) == 0;
  ::umask(before);
  std::array<int, 2> pipe{};
  if (!bound || ::pipe2(pipe.data(), O_CLOEXEC) != 0) {
    ::close(listener);
    return Error{"admin.socket", "The socket for commands cannot be opened in the data folder."};
  }
  return std::unique_ptr<AdminSocket>(new AdminSocket(district, file, listener, pipe[0], pipe[1]));
}

AdminSocket::AdminSocket(District& district, std::filesystem::path file, int listener, int stop_read,
                         int stop_write)
    : district_(district),
      file_(std::move(file)),
      listener_(listener),
      stop_read_(stop_read),
      stop_write_(stop_write),
      thread_([this] { loop(); }),
      long_thread_([this] { run_long(); }) {}

AdminSocket::~AdminSocket() {
  static_cast<void>(!::write(stop_write_, "x", 1));
  if (thread_.joinable()) thread_.join();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_one();
  }
  if (long_thread_.joinable()) long_thread_.join();
  for (const Request& request : long_) ::close(request.peer);
  for (const int descriptor : {listener_, stop_read_, stop_write_}) ::close(descriptor);
  ::unlink(file_.c_str());
}

void AdminSocket::loop() {
  while (true) {
    std::array<pollfd, 2> waiting{{{listener_, POLLIN, 0}, {stop_read_, POLLIN, 0}}};
    if (::poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR) return;
    if (waiting[1].revents != 0) return;
    if (waiting[0].revents == 0) continue;
    const int peer = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (peer < 0) continue;
    take(peer);
  }
}

void AdminSocket::take(int peer) {
  std::string rest;
  const auto line = read_line(peer, rest, kRequestTimeoutMs);
  auto arguments = line ? from_json(*line) : std::nullopt;
  if (!arguments) {
    ::close(peer);
  } else if (is_long(*arguments)) {
    const std::lock_guard lock(mutex_);
    long_.push_back({peer, std::move(*arguments)});
    wake_.notify_one();
  } else {
    answer({peer, std::move(*arguments)});
  }
}

void AdminSocket::run_long() {
  while (true) {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return stopping_ || !long_.empty(); });
    if (stopping_) return;
    const Request request = std::move(long_.front());
    long_.pop_front();
    lock.unlock();
    answer(request);
  }
}

void AdminSocket::answer(const Request& request) {
  const int peer = request.peer;
  const Terminal terminal{[peer](std::string_view text) {
                            send_line(peer, {{"out", text}});
                          },
                          [peer](std::string_view text) {
                            send_line(peer, {{"err", text}});
                          }};
  const int exit = run_command(district_, request.arguments, terminal);
  send_line(peer, {{"exit", exit}});
  ::close(peer);
}

std::optional<int> run_through_server(const std::filesystem::path& folder, const Arguments& arguments,
                                      const Terminal& terminal) {
  const int peer = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  Address address;
  fill(address, folder / "admin.sock");
  if (::connect(peer, as_address(address.name), sizeof(address.name)) != 0) {
    ::close(peer);
    return std::nullopt;
  }
  int exit = kExitFailed;
  bool finished = false;
  std::string rest;
  if (send_line(peer, to_json(arguments))) {
    while (!finished) {
      const auto line = read_line(peer, rest, -1);
      if (!line) break;
      const json document = json::parse(*line, nullptr, false);
      if (document.contains("out")) terminal.out(document["out"].get<std::string>());
      if (document.contains("err")) terminal.err(document["err"].get<std::string>());
      finished = document.contains("exit");
      if (finished) exit = document["exit"].get<int>();
    }
  }
  ::close(peer);
  if (!finished) terminal.err("The running server ended before it answered.\n");
  return exit;
}

}  // namespace doudi::district
