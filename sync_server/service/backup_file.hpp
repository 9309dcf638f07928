// A backup as files: the encrypted copy and the paper beside it that says what must be in it.
#pragma once

#include <map>
#include <string>

#include "shared/sql/connection.hpp"
#include "sync_server/service/backup.hpp"

namespace doudi::district {

struct BackupPaper {
  BackupFacts facts;
  std::string epoch;
  std::string hash;  // hex: over the hashes of the file's pieces
  std::map<std::string, std::int64_t> counts;
  std::int64_t audit_number = 0;
  std::string audit_hash;  // hex
};

std::filesystem::path paper_of(const std::filesystem::path& file);
Status write_paper(files::FileSystem& disk, const BackupPaper& paper);
Result<BackupPaper> read_paper(files::FileSystem& disk, const std::filesystem::path& file);
// Reads the file once, a piece at a time.
Result<std::string> hash_file(files::FileSystem& disk, const std::filesystem::path& file);
// What the store holds: counts of every table, the head of the audit log, epoch and generation.
Result<BackupPaper> describe_store(sql::Connection& connection);
// The first difference in words; empty when both say the same.
std::string difference(const BackupPaper& expected, const BackupPaper& found);

}  // namespace doudi::district
