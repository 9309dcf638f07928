// Runs the real programs as a person or an init system would: arguments, environment, signals, exit codes.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace doudi::test {

struct Finished {
  int exit_code = -1;  // 128 + signal when killed
  std::string out;
  std::string err;
};

// A child process with its output collected; killed and reaped on destruction.
class Process {
 public:
  Process(const std::vector<std::string>& command, const std::map<std::string, std::string>& environment);
  Process(Process&& other) noexcept;
  Process& operator=(Process&&) = delete;
  ~Process();
  void signal(int number) const;
  // Output up to and with the first line that starts with `prefix`; nothing when the process ends or time
  // runs out.
  std::optional<std::string> wait_for_line(const std::string& prefix, std::chrono::milliseconds timeout);
  Finished finish(std::chrono::milliseconds timeout);  // kills with SIGKILL when the time is over
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  bool pump(int wait_ms);
  pid_t pid_ = -1;
  int out_ = -1;
  int err_ = -1;
  std::string collected_out_;
  std::string collected_err_;
};

Finished run(const std::vector<std::string>& command,
             const std::map<std::string, std::string>& environment = {},
             std::chrono::milliseconds timeout = std::chrono::seconds(60));

}  // namespace doudi::test
