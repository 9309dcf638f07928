// A piece of the disk kept for the day it is full: given back then, so that what is recorded can still be
// sent and an emergency can still be saved (reliability.md 6).
#pragma once

#include "shared/files/files.hpp"

namespace doudi::field {

inline constexpr std::uint64_t kBallastBytes = 16U << 20U;

class Ballast {
 public:
  // With 0 bytes nothing is kept.
  Ballast(files::FileSystem& disk, const std::filesystem::path& folder, std::uint64_t bytes);
  // Makes the file if it is missing and the disk has room for it twice.
  void keep();
  // The disk is full: its room is for others now. The empty file says so to the next start.
  void release();
  // Given back and not made again yet.
  [[nodiscard]] bool is_released() const { return released_; }

 private:
  [[nodiscard]] bool is_there() const;
  Status make() const;
  [[nodiscard]] Status empty() const;

  files::FileSystem& disk_;
  std::filesystem::path file_;
  std::uint64_t bytes_;
  bool released_;
};

}  // namespace doudi::field
