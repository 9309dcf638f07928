// The real disk. Nothing but system calls and their errors in our terms.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "shared/files/files.hpp"

namespace doudi::files {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int get() const { return number_; }

 private:
  int number_;
};

// From errno.
Error error_of(const Path& file, bool writing) {
  const int cause = errno;
  const std::string name = file.filename().string();
  if (cause == ENOENT) return {"file.missing", "there is no " + name};
  if (cause == EEXIST) return {"file.exists", "there is already a file " + name};
  if (cause == ENOSPC || cause == EDQUOT || cause == EFBIG)
    return {"file.full", "no space is left for " + name};
  return {writing ? "file.write" : "file.read",
          std::string("cannot ") + (writing ? "write " : "read ") + name};
}

// A file that existed keeps its metadata, so its content and size are all there is to flush.
class SystemFile final : public File {
 public:
  SystemFile(Path path, Descriptor descriptor, bool is_new)
      : path_(std::move(path)), descriptor_(std::move(descriptor)), is_new_(is_new) {}

  Result<std::uint64_t> size() override {
    struct stat facts {};
    if (::fstat(descriptor_.get(), &facts) != 0) return error_of(path_, false);
    return static_cast<std::uint64_t>(facts.st_size);
  }

  Result<Bytes> read(std::uint64_t at, std::size_t count) override {
    Bytes content(count);
    std::size_t done = 0;
    while (done < count) {
      const ssize_t part =
          ::pread(descriptor_.get(), content.data() + done, count - done, static_cast<off_t>(at + done));
      if (part < 0 && errno == EINTR) continue;
      if (part < 0) return error_of(path_, false);
      if (part == 0) break;
      done += static_cast<std::size_t>(part);
    }
    content.resize(done);
    return content;
  }

  Status write(std::uint64_t at, ByteView content) override {
    while (!content.empty()) {
      const ssize_t part =
          ::pwrite(descriptor_.get(), content.data(), content.size(), static_cast<off_t>(at));
      if (part < 0 && errno == EINTR) continue;
      if (part <= 0) return error_of(path_, true);
      content = content.subspan(static_cast<std::size_t>(part));
      at += static_cast<std::uint64_t>(part);
    }
    return {};
  }

  Status reserve(std::uint64_t bytes) override {
    // Not errno: this call returns its error.
    const int cause = ::posix_fallocate(descriptor_.get(), 0, static_cast<off_t>(bytes));
    if (cause == 0) return {};
    errno = cause;
    return error_of(path_, true);
  }

  Status sync() override {
    const int done = is_new_ ? ::fsync(descriptor_.get()) : ::fdatasync(descriptor_.get());
    if (done != 0) return error_of(path_, true);
    return {};
  }

 private:
  Path path_;
  Descriptor descriptor_;
  bool is_new_;
};

class SystemLock final : public Lock {
 public:
  explicit SystemLock(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

 private:
  Descriptor descriptor_;
};

int flags_of(Open how) {
  switch (how) {
    case Open::read:
      return O_RDONLY;
    case Open::change:
      return O_RDWR;
    case Open::replace:
      return O_RDWR | O_CREAT | O_TRUNC;
    case Open::create:
      return O_RDWR | O_CREAT | O_EXCL;
  }
  return O_RDONLY;
}

class SystemFiles final : public FileSystem {
 public:
  [[nodiscard]] std::string database_vfs() const override { return {}; }

  Result<std::unique_ptr<File>> open(const Path& file, Open how) override {
    Descriptor descriptor(::open(file.c_str(), flags_of(how) | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (descriptor.get() < 0) return error_of(file, how != Open::read);
    const bool is_new = how == Open::replace || how == Open::create;
    return std::unique_ptr<File>(std::make_unique<SystemFile>(file, std::move(descriptor), is_new));
  }

  [[nodiscard]] bool exists(const Path& file) override {
    struct stat facts {};
    return ::stat(file.c_str(), &facts) == 0;
  }

  Result<std::uint64_t> size(const Path& file) override {
    struct stat facts {};
    if (::stat(file.c_str(), &facts) != 0) return error_of(file, false);
    return static_cast<std::uint64_t>(facts.st_size);
  }

  Status rename(const Path& from, const Path& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return error_of(to, true);
    return {};
  }

  Status remove(const Path& file) override {
    if (::unlink(file.c_str()) != 0 && errno != ENOENT) return error_of(file, true);
    return {};
  }

  Status sync_folder(const Path& folder) override {
    const Path named = folder.empty() ? Path(".") : folder;
    const Descriptor descriptor(::open(named.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (descriptor.get() < 0 || ::fsync(descriptor.get()) != 0) return error_of(folder, true);
    return {};
  }

  Status make_private_folder(const Path& folder) override {
    std::error_code failure;
    std::filesystem::create_directories(folder, failure);
    if (failure) return Error{"file.write", "cannot create the data folder"};
    if (::chmod(folder.c_str(), S_IRWXU) != 0) return Error{"file.write", "cannot protect the data folder"};
    return {};
  }

  Status make_private(const Path& file) override {
    if (::chmod(file.c_str(), S_IRUSR | S_IWUSR) != 0) return error_of(file, true);
    return {};
  }

  Result<std::unique_ptr<Lock>> lock(const Path& file) override {
    Descriptor descriptor(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (descriptor.get() < 0) return error_of(file, true);
    if (::flock(descriptor.get(), LOCK_EX | LOCK_NB) != 0)
      return Error{"file.in_use", file.filename().string() + " is held by another program"};
    return std::unique_ptr<Lock>(std::make_unique<SystemLock>(std::move(descriptor)));
  }

  Result<std::uint64_t> free_bytes(const Path& folder) override {
    std::error_code failure;
    const auto space = std::filesystem::space(folder, failure);
    if (failure) return Error{"file.read", "the free space is not known"};
    return static_cast<std::uint64_t>(space.available);
  }
};

}  // namespace

FileSystem& system_files() {
  static SystemFiles files;
  return files;
}

}  // namespace doudi::files
