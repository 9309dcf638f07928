// While the server runs it alone holds the store: commands reach it through DIR/admin.sock, which only the
// owner of the folder can open.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
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
  void loop();
  void serve_one(int peer);

  District& district_;
  std::filesystem::path file_;
  int listener_;
  int stop_read_;
  int stop_write_;
  std::jthread thread_;
};

// Runs the command inside the server that holds this folder; nothing when none answers.
std::optional<int> run_through_server(const std::filesystem::path& folder, const Arguments& arguments,
                                      const Terminal& terminal);

}  // namespace doudi::district
