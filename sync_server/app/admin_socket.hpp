// While the server runs it alone holds the store: commands reach it through DIR/admin.sock, which only the
// owner of the folder can open.
#pragma once

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "sync_server/app/commands.hpp"

namespace doudi::district {

class AdminSocket {
 public:
  static Result<std::unique_ptr<AdminSocket>> open(District& district, const std::filesystem::path& folder);
  ~AdminSocket();
  AdminSocket(const AdminSocket&) = delete;
  AdminSocket& operator=(const AdminSocket&) = delete;

 private:
  AdminSocket(District& district, std::filesystem::path file, int listener, int stop_read, int stop_write);
  struct Request {
    int peer;
    Arguments arguments;
  };
  void loop();
  void take(int peer);
  void run_long();
  void answer(const Request& request);

  District& district_;
  std::filesystem::path file_;
  int listener_;
  int stop_read_;
  int stop_write_;
  // Long commands one after another on a thread of their own, so that no other command waits for them.
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Request> long_;
  bool stopping_ = false;
  std::jthread thread_;
  std::jthread long_thread_;
};

// Runs the command inside the server that holds this folder; nothing when none answers.
std::optional<int> run_through_server(const std::filesystem::path& folder, const Arguments& arguments,
                                      const Terminal& terminal);

}  // namespace doudi::district
