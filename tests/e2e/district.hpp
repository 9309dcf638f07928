// A whole working district for tests: the real server over TLS on loopback, a sample roster, real tablets.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/e2e/process.hpp"

namespace doudi::test {

std::filesystem::path program(const std::string& name);  // from DOUDI_BIN

// A console user over HTTPS, trusting the district's CA only.
class Console {
 public:
  Console(std::string url, std::filesystem::path authority)
      : url_(std::move(url)), authority_(std::move(authority)) {}
  void sign_in(const std::string& login, const std::string& password);
  // Returns the JSON text; throws with the answer when the status is not `expected`.
  std::string get(const std::string& path, int expected = 200) const;
  std::string post(const std::string& path, const std::string& json, int expected = 200) const;

 private:
  std::string call(const std::string& method, const std::string& path, const std::string& body,
                   int expected) const;
  std::string url_;
  std::filesystem::path authority_;
  std::string cookie_;
  std::string csrf_;
};

void flip_bit(const std::filesystem::path& file, std::uintmax_t at);

class District {
 public:
  explicit District(
      const std::string& scale = "demo");  // init, sample grids and roster, a reviewer; not serving yet
  ~District();
  void serve(const std::vector<std::string>& options = {});  // the same port every time
  void kill_server();                                        // SIGKILL
  void stop_server();                                        // SIGTERM, must end with 0
  void signal_server(int number) const { serving_->signal(number); }
  // Words before the program's name from the next serve() on: faketime, prlimit.
  void run_under(std::vector<std::string> words) { wrapper_ = std::move(words); }
  void use_program(std::string name) { program_ = std::move(name); }  // of another release, from now on
  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string url() const { return "https://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] Console reviewer() const;
  Finished server(std::vector<std::string> words) const;              // doudi-server WORDS… --data DIR
  [[nodiscard]] Process start(std::vector<std::string> words) const;  // the same, left running
  [[nodiscard]] const std::vector<std::string>& workers() const { return workers_; }
  [[nodiscard]] const std::filesystem::path& root() const { return root_; }
  [[nodiscard]] std::filesystem::path store() const { return root_ / "district"; }

 private:
  std::filesystem::path root_;
  std::vector<std::string> workers_;
  std::string program_ = "doudi-server";
  std::vector<std::string> wrapper_;
  int port_ = 0;
  std::unique_ptr<Process> serving_;
};

class Tablet {
 public:
  Tablet(const District& district, std::string name);
  // `server`: another address of the district, such as a relay's.
  void enroll(const std::string& worker, const std::string& server = {});
  Finished field(
      std::vector<std::string> words) const;  // doudi-field WORDS… --data DIR --json, PIN by environment
  [[nodiscard]] std::string status() const;   // JSON
  [[nodiscard]] std::vector<std::string> due_households() const;  // each once, in the order of the list
  void sync() const;                                              // must succeed
  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }
  // Words before the program's name from now on: faketime, prlimit.
  void run_under(std::vector<std::string> words) { wrapper_ = std::move(words); }
  void use_program(std::string name) { program_ = std::move(name); }  // of another release, from now on
  // Starts a command and leaves it running.
  [[nodiscard]] Process start(std::vector<std::string> words) const;

 private:
  [[nodiscard]] std::vector<std::string> command(std::vector<std::string> words) const;
  const District& district_;
  std::filesystem::path directory_;
  std::string program_ = "doudi-field";
  std::vector<std::string> wrapper_;
};

}  // namespace doudi::test
