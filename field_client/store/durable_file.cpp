#include "field_client/store/durable_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>

namespace doudi::field {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int get() const { return number_; }

 private:
  int number_;
};

Error write_error(const std::filesystem::path& file) {
  const bool full = errno == ENOSPC || errno == EDQUOT;
  return {full ? "file.full" : "file.write", "cannot write " + file.filename().string()};
}

bool write_all(int descriptor, ByteView content) {
  while (!content.empty()) {
    const ssize_t written = ::write(descriptor, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    content = content.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

bool sync_folder(const std::filesystem::path& folder) {
  const Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return descriptor.get() >= 0 && ::fsync(descriptor.get()) == 0;
}

}  // namespace

Status write_durably(const std::filesystem::path& file, ByteView content) {
  std::filesystem::path beside = file;
  beside += ".new";
  {
    const Descriptor descriptor(
        ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (descriptor.get() < 0) return write_error(file);
    if (!write_all(descriptor.get(), content) || ::fsync(descriptor.get()) != 0) return write_error(file);
  }
  if (::rename(beside.c_str(), file.c_str()) != 0 || !sync_folder(file.parent_path()))
    return write_error(file);
  return {};
}

Status overwrite_durably(const std::filesystem::path& file, std::size_t at, ByteView content) {
  const Descriptor descriptor(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
  if (descriptor.get() < 0) return write_error(file);
  const bool moved = ::lseek(descriptor.get(), static_cast<off_t>(at), SEEK_SET) >= 0;
  if (!moved || !write_all(descriptor.get(), content) || ::fdatasync(descriptor.get()) != 0)
    return write_error(file);
  return {};
}

Result<Bytes> read_small_file(const std::filesystem::path& file) {
  std::error_code failure;
  const auto size = std::filesystem::file_size(file, failure);
  if (failure) return Error{"file.missing", "there is no " + file.filename().string()};
  if (size > kSmallFileBytesMax) return Error{"file.too_large", file.filename().string() + " is too large"};
  std::ifstream stream(file, std::ios::binary);
  Bytes content{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (!stream || content.size() != size) return Error{"file.read", "cannot read " + file.filename().string()};
  return content;
}

Status make_private_folder(const std::filesystem::path& folder) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (failure) return Error{"file.write", "cannot create the data folder"};
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all, failure);
  if (failure) return Error{"file.write", "cannot protect the data folder"};
  return {};
}

}  // namespace doudi::field
