// A directory that lives as long as the test that asked for it, so tests never share files and leave none
// behind.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace doudi::test {

class TempDirectory {
 public:
  // Under $TMPDIR or /tmp; `label` helps whoever looks at a directory that a killed test left.
  explicit TempDirectory(std::string_view label = "test");
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;
  TempDirectory(TempDirectory&& other) noexcept;
  TempDirectory& operator=(TempDirectory&&) = delete;
  ~TempDirectory();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

// The whole file, or an empty string when there is none.
std::string read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, std::string_view content);
// True when any file below `directory` holds `needle`: how tests look for personal data in clear text.
bool any_file_contains(const std::filesystem::path& directory, std::string_view needle);

}  // namespace doudi::test
