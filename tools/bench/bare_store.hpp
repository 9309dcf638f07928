// The limit to compare with: SQLCipher through its own C interface, prepared statements, nothing of ours in
// between.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

struct sqlite3;
struct sqlite3_stmt;

namespace doudi::bench {

class BareStore {
 public:
  explicit BareStore(const std::filesystem::path& file);  // WAL, synchronous=FULL, raw key
  BareStore(const BareStore&) = delete;
  BareStore& operator=(const BareStore&) = delete;
  ~BareStore();
  void begin();
  void commit();
  // One row as wide as a visit: id, three references, times, codes and a note.
  void insert_row();

 private:
  void execute(const char* statement);
  sqlite3* database_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  std::uint64_t next_ = 0;
};

}  // namespace doudi::bench
