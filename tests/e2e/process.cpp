#include "tests/e2e/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace doudi::test {
namespace {

using Clock = std::chrono::steady_clock;

std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe");
  return ends;
}

[[noreturn]] void become(const std::vector<std::string>& command,
                         const std::map<std::string, std::string>& environment) {
  for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  execv(arguments[0], arguments.data());
  _exit(127);
}

// Appends what is there; false at end of file.
bool drain(int& file, std::string& into) {
  std::array<char, 16384> buffer{};
  const ssize_t count = read(file, buffer.data(), buffer.size());
  if (count > 0) {
    into.append(buffer.data(), static_cast<std::size_t>(count));
    return true;
  }
  close(file);
  file = -1;
  return false;
}

}  // namespace

Process::Process(const std::vector<std::string>& command,
                 const std::map<std::string, std::string>& environment) {
  const auto out = make_pipe();
  const auto err = make_pipe();
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error("fork");
  if (pid_ == 0) {
    const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    dup2(null, STDIN_FILENO);
    dup2(out[1], STDOUT_FILENO);
    dup2(err[1], STDERR_FILENO);
    become(command, environment);
  }
  close(out[1]);
  close(err[1]);
  out_ = out[0];
  err_ = err[0];
}

Process::Process(Process&& other) noexcept
    : pid_(other.pid_),
      out_(other.out_),
      err_(other.err_),
      collected_out_(std::move(other.collected_out_)),
      collected_err_(std::move(other.collected_err_)) {
  other.pid_ = -1;
  other.out_ = -1;
  other.err_ = -1;
}

Process::~Process() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  if (out_ >= 0) close(out_);
  if (err_ >= 0) close(err_);
}

void Process::signal(int number) const {
  if (pid_ > 0) kill(pid_, number);
}

// Waits for output of either stream; false when both are closed.
bool Process::pump(int wait_ms) {
  std::array<pollfd, 2> files{pollfd{out_, POLLIN, 0}, pollfd{err_, POLLIN, 0}};
  if (out_ < 0 && err_ < 0) return false;
  if (poll(files.data(), files.size(), wait_ms) <= 0) return true;
  if (files[0].revents != 0) drain(out_, collected_out_);
  if (files[1].revents != 0) drain(err_, collected_err_);
  return out_ >= 0 || err_ >= 0;
}

std::optional<std::string> Process::wait_for_line(const std::string& prefix,
                                                  std::chrono::milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  while (true) {
    std::size_t start = 0;
    while (start < collected_out_.size()) {
      const std::size_t end = collected_out_.find('\n', start);
      if (end == std::string::npos) break;
      if (collected_out_.compare(start, prefix.size(), prefix) == 0)
        return collected_out_.substr(start, end - start);
      start = end + 1;
    }
    if (Clock::now() >= deadline || !pump(50)) return std::nullopt;
  }
}

Finished Process::finish(std::chrono::milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  while (pump(50)) {
    if (Clock::now() >= deadline) kill(pid_, SIGKILL);
  }
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return {code, std::move(collected_out_), std::move(collected_err_)};
}

Finished run(const std::vector<std::string>& command, const std::map<std::string, std::string>& environment,
             std::chrono::milliseconds timeout) {
  return Process(command, environment).finish(timeout);
}

}  // namespace doudi::test
