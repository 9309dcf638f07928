// See the header.
#include "tests/support/temp_directory.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "shared/base/result.hpp"

namespace doudi::test {

TempDirectory::TempDirectory(std::string_view label) {
  std::string pattern =
      (std::filesystem::temp_directory_path() / ("doudi-" + std::string(label) + "-XXXXXX")).string();
  ensure(::mkdtemp(pattern.data()) != nullptr, "a temporary directory can be made");
  path_ = pattern;
}

TempDirectory::TempDirectory(TempDirectory&& other) noexcept : path_(std::exchange(other.path_, {})) {}

TempDirectory::~TempDirectory() {
  if (path_.empty()) return;
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void write_file(const std::filesystem::path& path, std::string_view content) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  file.close();
  ensure(file.good(), "a test file can be written");
}

bool any_file_contains(const std::filesystem::path& directory, std::string_view needle) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file() && read_file(entry.path()).find(needle) != std::string::npos) return true;
  }
  return false;
}

}  // namespace doudi::test
