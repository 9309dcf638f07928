#include "tests/sim/storage/disk_image.hpp"

#include <algorithm>

#include "shared/base/result.hpp"

namespace doudi::sim {
namespace {

std::string folder_of(const std::string& name) {
  const auto slash = name.rfind('/');
  return slash == std::string::npos ? std::string() : name.substr(0, slash);
}

void change_names(std::map<std::string, FileNumber>& names, const std::string& gone, const std::string& made,
                  FileNumber file) {
  if (!gone.empty()) names.erase(gone);
  if (!made.empty()) names[made] = file;
}

void put(Bytes& target, std::uint64_t at, ByteView content) {
  if (at >= target.size()) return;
  const auto count = std::min<std::uint64_t>(content.size(), target.size() - at);
  std::copy_n(content.begin(), count, target.begin() + static_cast<std::ptrdiff_t>(at));
}

}  // namespace

// What one power cut does to each unsynced write: the same answer for every sector of a write, unless it
// tears.
class DiskImage::Survival {
 public:
  explicit Survival(Chance& chance) : chance_(chance) {
    static constexpr std::uint64_t kKeptPercent[] = {0, 10, 50, 90, 100};
    kept_percent_ = kKeptPercent[chance.below(5)];
  }
  bool keeps(std::uint64_t write) {
    const auto [fate, fresh] = fates_.try_emplace(write, Fate::dropped);
    if (fresh && chance_.percent(25))
      fate->second = Fate::torn;
    else if (fresh && chance_.percent(kept_percent_))
      fate->second = Fate::kept;
    return fate->second == Fate::torn ? chance_.percent(50) : fate->second == Fate::kept;
  }
  bool keeps_name() { return chance_.percent(kept_percent_); }
  std::size_t prefix(std::size_t count) {
    const auto kind = chance_.below(3);
    return kind == 0 ? 0 : kind == 1 ? count : static_cast<std::size_t>(chance_.below(count + 1));
  }

 private:
  enum class Fate { dropped, kept, torn };
  Chance& chance_;
  std::uint64_t kept_percent_ = 0;
  std::map<std::uint64_t, Fate> fates_;
};

FileNumber DiskImage::find(const std::string& name) const {
  const auto found = names_.find(name);
  return found == names_.end() ? 0 : found->second;
}

std::vector<std::string> DiskImage::names() const {
  std::vector<std::string> list;
  for (const auto& [name, file] : names_) list.push_back(name);
  return list;
}

std::uint64_t DiskImage::bytes_used() const {
  std::uint64_t bytes = 0;
  for (const auto& [name, file] : names_) bytes += files_.at(file).content.size();
  return bytes;
}

void DiskImage::apply(const DiskStep& step) {
  switch (step.kind) {
    case DiskStep::Kind::create:
      files_[step.file];
      next_file_ = std::max(next_file_, step.file + 1);
      if (!step.name.empty()) rename({"", step.name, step.file});
      break;
    case DiskStep::Kind::write:
      write(files_.at(step.file), step.at, step.content);
      break;
    case DiskStep::Kind::resize:
      resize(files_.at(step.file), step.at);
      break;
    case DiskStep::Kind::sync:
      sync(files_.at(step.file));
      break;
    case DiskStep::Kind::failed_sync:
      for (auto& [sector, versions] : files_.at(step.file).unsynced)
        for (Version& version : versions) version.doubtful = true;
      break;
    case DiskStep::Kind::rename:
      rename({step.name, step.to, find(step.name)});
      break;
    case DiskStep::Kind::remove:
      rename({step.name, "", 0});
      break;
    case DiskStep::Kind::sync_folder:
      sync_folder(step.name);
      break;
  }
}

void DiskImage::write(FileState& file, std::uint64_t at, ByteView content) {
  ++writes_;
  const std::uint64_t end = at + content.size();
  if (end > file.content.size()) {
    file.content.resize(end);
    file.sizes.push_back({writes_, end});
  }
  put(file.content, at, content);
  keep_versions(file, at, end, false);
}

void DiskImage::resize(FileState& file, std::uint64_t size) {
  ++writes_;
  const std::uint64_t before = file.content.size();
  file.content.resize(size);
  file.sizes.push_back({writes_, size});
  // What lies behind the new end is gone for good: it may not come back when the file grows again.
  if (size < before) keep_versions(file, size, before, true);
}

void DiskImage::keep_versions(FileState& file, std::uint64_t first, std::uint64_t end, bool from_resize) {
  for (std::uint64_t sector = first / kSectorBytes; sector * kSectorBytes < end; ++sector) {
    Bytes now(kSectorBytes);
    const std::uint64_t start = sector * kSectorBytes;
    if (start < file.content.size()) {
      const auto count = std::min<std::uint64_t>(kSectorBytes, file.content.size() - start);
      std::copy_n(file.content.begin() + static_cast<std::ptrdiff_t>(start), count, now.begin());
    }
    file.unsynced[sector].push_back({writes_, from_resize, false, std::move(now)});
  }
}

void DiskImage::sync(FileState& file) {
  file.durable.resize(file.content.size());
  file.sizes.clear();
  for (auto sector = file.unsynced.begin(); sector != file.unsynced.end();) {
    const Version& newest = sector->second.back();
    if (newest.doubtful) {
      ++sector;
      continue;
    }
    put(file.durable, sector->first * kSectorBytes, newest.content);
    sector = file.unsynced.erase(sector);
  }
}

void DiskImage::crash(Chance& chance) {
  Survival survival(chance);
  names_ = durable_names_;
  for (const NameChange& change : name_changes_)
    if (survival.keeps_name()) change_names(names_, change.gone, change.made, change.file);
  durable_names_ = names_;
  name_changes_.clear();
  for (auto& [number, file] : files_) crash_file(file, survival);
  forget_lost_files();
}

void DiskImage::crash_file(FileState& file, Survival& survival) {
  // Sizes are metadata: they reach the disk in order, apart from the content.
  const std::size_t sizes_kept = survival.prefix(file.sizes.size());
  const std::uint64_t last_size_write = sizes_kept == 0 ? 0 : file.sizes[sizes_kept - 1].write;
  const std::uint64_t size = sizes_kept == 0 ? file.durable.size() : file.sizes[sizes_kept - 1].size;
  for (std::size_t i = 0; i < sizes_kept; ++i) file.durable.resize(file.sizes[i].size);
  file.durable.resize(size);
  for (const auto& [sector, versions] : file.unsynced) {
    const auto newest_first = std::find_if(versions.rbegin(), versions.rend(), [&](const Version& version) {
      return version.from_resize ? version.write <= last_size_write : survival.keeps(version.write);
    });
    if (newest_first != versions.rend()) put(file.durable, sector * kSectorBytes, newest_first->content);
  }
  file.content = file.durable;
  file.unsynced.clear();
  file.sizes.clear();
}

void DiskImage::rename(const NameChange& change) {
  change_names(names_, change.gone, change.made, change.file);
  name_changes_.push_back(change);
}

void DiskImage::sync_folder(const std::string& folder) {
  std::vector<NameChange> left;
  for (NameChange& change : name_changes_) {
    if (folder_of(change.made.empty() ? change.gone : change.made) == folder)
      change_names(durable_names_, change.gone, change.made, change.file);
    else
      left.push_back(std::move(change));
  }
  name_changes_ = std::move(left);
}

// Nothing can reach them any more: no name and, after a power cut, no open handle.
void DiskImage::forget_lost_files() {
  for (auto file = files_.begin(); file != files_.end();) {
    const FileNumber number = file->first;
    const bool named = std::any_of(names_.begin(), names_.end(),
                                   [number](const auto& entry) { return entry.second == number; });
    file = named ? std::next(file) : files_.erase(file);
  }
}

void DiskImage::flip_bit(FileNumber file, std::uint64_t byte, unsigned bit) {
  FileState& state = files_.at(file);
  ensure(byte < state.content.size() && bit < 8, "the bit is inside the file");
  const auto mask = static_cast<std::uint8_t>(1U << bit);
  state.content[byte] = static_cast<std::uint8_t>(state.content[byte] ^ mask);
  state.durable = state.content;
  state.unsynced.clear();
  state.sizes.clear();
}

void DiskImage::cut_short(FileNumber file, std::uint64_t size) {
  FileState& state = files_.at(file);
  state.content.resize(std::min<std::uint64_t>(size, state.content.size()));
  state.durable = state.content;
  state.unsynced.clear();
  state.sizes.clear();
}

}  // namespace doudi::sim
