#include "tests/sim/storage/sim_disk.hpp"

#include <algorithm>

#include "shared/base/result.hpp"

namespace doudi::sim {

bool SimDisk::is_alive(const OpenFile& file) const {
  return !stopped_ && file.process == process_ && file.file != 0;
}

// Counts the act, and says whether it is one that fails.
DiskError SimDisk::begin(DiskAct act, std::uint64_t process) {
  if (stopped_ || process != process_) return DiskError::broken;
  const std::uint64_t number = ++acts_[act];
  if (!fault_ || fault_->act != act) return DiskError::none;
  const bool fails = fault_->lasting ? number >= fault_->at : number == fault_->at;
  if (fails) ++failures_;
  return fails ? fault_->error : DiskError::none;
}

void SimDisk::change(DiskStep step) {
  if (recorder_) recorder_(step);
  image_.apply(step);
}

DiskError SimDisk::open(const std::string& name, bool create, bool exclusive, OpenFile& opened) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return DiskError::broken;
  FileNumber file = image_.find(name);
  if (file != 0 && create && exclusive) return DiskError::exists;
  if (file == 0) {
    if (!create) return DiskError::missing;
    if (free_locked() == 0) return DiskError::full;
    file = image_.next_file();
    change({DiskStep::Kind::create, file, name, {}, 0, {}});
  }
  opened = {file, process_};
  return DiskError::none;
}

DiskError SimDisk::open_nameless(OpenFile& opened) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return DiskError::broken;
  opened = {image_.next_file(), process_};
  change({DiskStep::Kind::create, opened.file, {}, {}, 0, {}});
  return DiskError::none;
}

DiskError SimDisk::read(const OpenFile& file, std::uint64_t at, std::span<std::uint8_t> out,
                        std::size_t& count) {
  const std::lock_guard lock(mutex_);
  count = 0;
  if (const DiskError error = begin(DiskAct::read, file.process); error != DiskError::none) return error;
  const Bytes& content = image_.content(file.file);
  if (at < content.size()) count = std::min<std::uint64_t>(out.size(), content.size() - at);
  std::copy_n(content.begin() + static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(at, content.size())),
              count, out.begin());
  return DiskError::none;
}

DiskError SimDisk::write(const OpenFile& file, std::uint64_t at, ByteView content) {
  const std::lock_guard lock(mutex_);
  if (const DiskError error = begin(DiskAct::write, file.process); error != DiskError::none) return error;
  const std::uint64_t size = image_.content(file.file).size();
  const std::uint64_t growth = at + content.size() > size ? at + content.size() - size : 0;
  const std::uint64_t room = free_locked();
  const bool fits = growth <= room;
  if (!fits) {
    ++failures_;
    const std::uint64_t missing = growth - room;
    content = content.first(content.size() - std::min<std::uint64_t>(missing, content.size()));
  }
  if (!content.empty()) change({DiskStep::Kind::write, file.file, {}, {}, at, to_bytes(content)});
  return fits ? DiskError::none : DiskError::full;
}

DiskError SimDisk::resize(const OpenFile& file, std::uint64_t size) {
  const std::lock_guard lock(mutex_);
  if (const DiskError error = begin(DiskAct::write, file.process); error != DiskError::none) return error;
  const std::uint64_t before = image_.content(file.file).size();
  if (size > before && size - before > free_locked()) {
    ++failures_;
    return DiskError::full;
  }
  change({DiskStep::Kind::resize, file.file, {}, {}, size, {}});
  return DiskError::none;
}

DiskError SimDisk::sync(const OpenFile& file) {
  const std::lock_guard lock(mutex_);
  const DiskError error = begin(DiskAct::sync, file.process);
  if (stopped_ || file.process != process_) return error;
  const auto kind = error == DiskError::none ? DiskStep::Kind::sync : DiskStep::Kind::failed_sync;
  change({kind, file.file, {}, {}, 0, {}});
  return error;
}

DiskError SimDisk::size(const OpenFile& file, std::uint64_t& bytes) {
  const std::lock_guard lock(mutex_);
  if (!is_alive(file)) return DiskError::broken;
  bytes = image_.content(file.file).size();
  return DiskError::none;
}

DiskError SimDisk::find(const std::string& name, std::uint64_t& bytes) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return DiskError::broken;
  const FileNumber file = image_.find(name);
  if (file == 0) return DiskError::missing;
  bytes = image_.content(file).size();
  return DiskError::none;
}

DiskError SimDisk::rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  if (const DiskError error = begin(DiskAct::write, process_); error != DiskError::none) return error;
  if (image_.find(from) == 0) return DiskError::missing;
  change({DiskStep::Kind::rename, 0, from, to, 0, {}});
  return DiskError::none;
}

DiskError SimDisk::remove(const std::string& name) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return DiskError::broken;
  if (image_.find(name) == 0) return DiskError::missing;
  change({DiskStep::Kind::remove, 0, name, {}, 0, {}});
  return DiskError::none;
}

DiskError SimDisk::sync_folder(const std::string& folder) {
  const std::lock_guard lock(mutex_);
  if (const DiskError error = begin(DiskAct::sync, process_); error != DiskError::none) return error;
  change({DiskStep::Kind::sync_folder, 0, folder, {}, 0, {}});
  return DiskError::none;
}

DiskError SimDisk::hold(const std::string& name, OpenFile& held) {
  if (const DiskError error = open(name, true, false, held); error != DiskError::none) return error;
  const std::lock_guard lock(mutex_);
  return held_.emplace(name, held.file).second ? DiskError::none : DiskError::held;
}

void SimDisk::release(const OpenFile& held) {
  const std::lock_guard lock(mutex_);
  if (held.process != process_) return;
  std::erase_if(held_, [&held](const auto& entry) { return entry.second == held.file; });
}

std::uint64_t SimDisk::free_locked() const {
  const std::uint64_t used = image_.bytes_used();
  return capacity_ > used ? capacity_ - used : 0;
}

std::uint64_t SimDisk::bytes_free() {
  const std::lock_guard lock(mutex_);
  return free_locked();
}

std::uint64_t SimDisk::process() const {
  const std::lock_guard lock(mutex_);
  return process_;
}

void SimDisk::end_process() {
  ++process_;
  stopped_ = false;
  held_.clear();
}

void SimDisk::kill() {
  const std::lock_guard lock(mutex_);
  end_process();
}

void SimDisk::cut_power(Chance& chance) {
  const std::lock_guard lock(mutex_);
  image_.crash(chance);
  end_process();
}

void SimDisk::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
}

void SimDisk::fail(DiskAct act, std::uint64_t k, DiskError error, bool lasting) {
  const std::lock_guard lock(mutex_);
  ensure(k > 0, "the next act is number 1");
  fault_ = Fault{act, acts_[act] + k, error, lasting};
}

void SimDisk::limit(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  capacity_ = bytes;
}

void SimDisk::heal() {
  const std::lock_guard lock(mutex_);
  fault_.reset();
  capacity_ = std::numeric_limits<std::uint64_t>::max();
}

std::uint64_t SimDisk::failures() const {
  const std::lock_guard lock(mutex_);
  return failures_;
}

std::uint64_t SimDisk::acts(DiskAct act) const {
  const std::lock_guard lock(mutex_);
  const auto found = acts_.find(act);
  return found == acts_.end() ? 0 : found->second;
}

void SimDisk::flip_bit(const std::string& name, std::uint64_t byte, unsigned bit) {
  const std::lock_guard lock(mutex_);
  image_.flip_bit(image_.find(name), byte, bit);
}

void SimDisk::cut_short(const std::string& name, std::uint64_t size) {
  const std::lock_guard lock(mutex_);
  image_.cut_short(image_.find(name), size);
}

DiskImage SimDisk::image() const {
  const std::lock_guard lock(mutex_);
  return image_;
}

void SimDisk::restore(DiskImage image) {
  const std::lock_guard lock(mutex_);
  image_ = std::move(image);
  end_process();
}

std::vector<std::string> SimDisk::names() const {
  const std::lock_guard lock(mutex_);
  return image_.names();
}

Bytes SimDisk::content(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const FileNumber file = image_.find(name);
  return file == 0 ? Bytes() : image_.content(file);
}

void SimDisk::record(std::function<void(const DiskStep&)> recorder) {
  const std::lock_guard lock(mutex_);
  recorder_ = std::move(recorder);
}

}  // namespace doudi::sim
