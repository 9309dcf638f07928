// One simulated storage device for one simulated machine: files in memory, faults on demand, every change
// recorded when asked. Handles die with the process that opened them: kill() and cut_power() end that process
// as far as the device is concerned, whatever its objects still try.
#pragma once

#include <functional>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/sim/storage/disk_image.hpp"

namespace doudi::sim {

enum class DiskError { none, missing, exists, full, broken, held };
enum class DiskAct { read, write, sync };

// An open file of one process.
struct OpenFile {
  FileNumber file = 0;
  std::uint64_t process = 0;
};

class SimDisk {
 public:
  // What the programs of the machine do.
  DiskError open(const std::string& name, bool create, bool exclusive, OpenFile& opened);
  DiskError open_nameless(OpenFile& opened);
  DiskError read(const OpenFile& file, std::uint64_t at, std::span<std::uint8_t> out, std::size_t& count);
  // On a full disk the part that fits is written.
  DiskError write(const OpenFile& file, std::uint64_t at, ByteView content);
  DiskError resize(const OpenFile& file, std::uint64_t size);
  DiskError sync(const OpenFile& file);
  DiskError size(const OpenFile& file, std::uint64_t& bytes);
  DiskError find(const std::string& name, std::uint64_t& bytes);  // without opening
  DiskError rename(const std::string& from, const std::string& to);
  DiskError remove(const std::string& name);
  DiskError sync_folder(const std::string& folder);
  DiskError hold(const std::string& name, OpenFile& held);  // a lock file
  void release(const OpenFile& held);
  std::uint64_t bytes_free();
  [[nodiscard]] std::uint64_t process() const;  // of now: changes with kill() and cut_power()

  // What happens to the machine.
  void kill();                     // nothing is lost that was written
  void cut_power(Chance& chance);  // the device keeps what it kept
  void stop();                     // every act fails from now on, until one of the two above

  // Faults. The k-th act from now on (1 is the next) fails; `lasting`: and every one after it.
  void fail(DiskAct act, std::uint64_t k, DiskError error = DiskError::broken, bool lasting = false);
  void limit(std::uint64_t bytes);  // capacity
  void heal();                      // no fault, no limit
  [[nodiscard]] std::uint64_t failures() const;
  [[nodiscard]] std::uint64_t acts(DiskAct act) const;
  void flip_bit(const std::string& name, std::uint64_t byte, unsigned bit);
  void cut_short(const std::string& name, std::uint64_t size);

  // The whole device: backup, clone, rollback. restore() ends the process.
  [[nodiscard]] DiskImage image() const;
  void restore(DiskImage image);
  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] Bytes content(const std::string& name) const;
  // Every change is passed to `recorder` before it happens; empty ends it.
  void record(std::function<void(const DiskStep&)> recorder);

 private:
  struct Fault {
    DiskAct act = DiskAct::read;
    std::uint64_t at = 0;  // count of acts
    DiskError error = DiskError::broken;
    bool lasting = false;
  };
  DiskError begin(DiskAct act, std::uint64_t process);
  [[nodiscard]] bool is_alive(const OpenFile& file) const;
  void change(DiskStep step);
  void end_process();
  std::uint64_t free_locked() const;

  mutable std::mutex mutex_;
  DiskImage image_;
  std::uint64_t process_ = 1;
  bool stopped_ = false;
  std::map<std::string, std::uint64_t> held_;  // lock files of the process
  std::map<DiskAct, std::uint64_t> acts_;
  std::optional<Fault> fault_;
  std::uint64_t failures_ = 0;
  std::uint64_t capacity_ = std::numeric_limits<std::uint64_t>::max();
  std::function<void(const DiskStep&)> recorder_;
};

}  // namespace doudi::sim
