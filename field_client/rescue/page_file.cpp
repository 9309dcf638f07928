#include "field_client/rescue/page_file.hpp"

#include <algorithm>

namespace doudi::field {
namespace {

using crypto::kDatabasePageBytes;

// The log as SQLite writes it: a header, then frames of one page each, every one with a running checksum.
constexpr std::size_t kHeaderBytes = 32;
constexpr std::size_t kFrameHeaderBytes = 24;
constexpr std::size_t kFrameBytes = kFrameHeaderBytes + kDatabasePageBytes;
constexpr std::uint32_t kMagic = 0x377f0682;  // the last bit: words of the checksum are big-endian

std::uint32_t big_endian(ByteView bytes, std::size_t at) {
  return std::uint32_t{bytes[at]} << 24U | std::uint32_t{bytes[at + 1]} << 16U |
         std::uint32_t{bytes[at + 2]} << 8U | std::uint32_t{bytes[at + 3]};
}

std::uint32_t little_endian(ByteView bytes, std::size_t at) {
  return std::uint32_t{bytes[at + 3]} << 24U | std::uint32_t{bytes[at + 2]} << 16U |
         std::uint32_t{bytes[at + 1]} << 8U | std::uint32_t{bytes[at]};
}

struct Checksum {
  std::uint32_t first = 0;
  std::uint32_t second = 0;
  bool big = false;

  void add(ByteView bytes) {
    for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
      first += (big ? big_endian(bytes, at) : little_endian(bytes, at)) + second;
      second += (big ? big_endian(bytes, at + 4) : little_endian(bytes, at + 4)) + first;
    }
  }
  [[nodiscard]] bool is_at(ByteView bytes, std::size_t at) const {
    return first == big_endian(bytes, at) && second == big_endian(bytes, at + 4);
  }
};

}  // namespace

Result<PageFile> PageFile::open(files::FileSystem& disk, const std::filesystem::path& file, const Secret& key,
                                ByteView salt) {
  DOUDI_ASSIGN(auto opened, disk.open(file, files::Open::read));
  DOUDI_ASSIGN(const std::uint64_t size, opened->size());
  PageFile pages(std::move(opened), crypto::DatabasePages(key, salt));
  pages.pages_ = static_cast<std::uint32_t>(size / kDatabasePageBytes);
  std::filesystem::path log = file;
  log += "-wal";
  if (disk.exists(log)) DOUDI_TRY(pages.read_log(disk, log));
  return pages;
}

// Up to the last commit before the first frame that does not fit; what lies behind was never acknowledged, or
// is damaged.
Status PageFile::read_log(files::FileSystem& disk, const std::filesystem::path& log) {
  DOUDI_ASSIGN(log_, disk.open(log, files::Open::read));
  DOUDI_ASSIGN(const Bytes header, log_->read(0, kHeaderBytes));
  if (header.size() < kHeaderBytes) return {};
  Checksum sum;
  sum.big = big_endian(header, 0) == (kMagic | 1U);
  sum.add(ByteView(header).first(kHeaderBytes - 8));
  if ((big_endian(header, 0) & ~1U) != kMagic || !sum.is_at(header, kHeaderBytes - 8)) return {};
  std::map<std::uint32_t, std::uint64_t> open;  // of the transaction being read
  for (std::uint64_t at = kHeaderBytes;; at += kFrameBytes) {
    DOUDI_ASSIGN(const Bytes frame, log_->read(at, kFrameBytes));
    if (frame.size() < kFrameBytes || !std::equal(&frame[8], &frame[16], &header[16])) return {};
    sum.add(ByteView(frame).first(8));
    sum.add(ByteView(frame).subspan(kFrameHeaderBytes));
    if (!sum.is_at(frame, 16)) return {};
    open[big_endian(frame, 0)] = at + kFrameHeaderBytes;
    const std::uint32_t pages_after = big_endian(frame, 4);
    if (pages_after == 0) continue;
    for (const auto& [number, place] : open) logged_[number] = place;
    open.clear();
    pages_ = pages_after;
  }
}

Result<Bytes> PageFile::page(std::uint32_t number) const {
  const auto logged = logged_.find(number);
  const bool in_file = logged == logged_.end();
  const std::uint64_t at = in_file ? std::uint64_t{number - 1} * kDatabasePageBytes : logged->second;
  DOUDI_ASSIGN(const Bytes raw, (in_file ? file_ : log_)->read(at, kDatabasePageBytes));
  return cipher_.open(number, raw);
}

}  // namespace doudi::field
