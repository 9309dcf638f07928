#include "sync_server/service/backup_file.hpp"

#include <nlohmann/json.hpp>

#include "shared/crypto/crypto.hpp"

namespace doudi::district {
namespace {

using nlohmann::json;

constexpr std::size_t kPieceBytes = 1024 * 1024;
constexpr std::string_view kFormat = "doudi-backup-1";

Error bad(const std::string& why) {
  return {"backup.bad", "备份不可用 / The backup is not good: " + why};
}

}  // namespace

std::filesystem::path paper_of(const std::filesystem::path& file) {
  std::filesystem::path paper = file;
  return paper += ".json";
}

Status write_paper(files::FileSystem& disk, const BackupPaper& paper) {
  const json document{{"format", kFormat},
                      {"made_at", paper.facts.made_at.ms},
                      {"district", paper.facts.district},
                      {"generation", paper.facts.generation},
                      {"bytes", paper.facts.bytes},
                      {"epoch", paper.epoch},
                      {"hash", paper.hash},
                      {"counts", paper.counts},
                      {"audit_number", paper.audit_number},
                      {"audit_hash", paper.audit_hash}};
  return files::write_durably(disk, paper_of(paper.facts.file), as_bytes(document.dump(2) + "\n"));
}

Result<BackupPaper> read_paper(files::FileSystem& disk, const std::filesystem::path& file) {
  if (!disk.exists(file) || !disk.exists(paper_of(file)))
    return Error{"backup.missing",
                 "没有这个备份，或旁边的 .json 文件不在 / There is no such backup, or the .json "
                 "file beside it is missing."};
  DOUDI_ASSIGN(const Bytes content, files::read_small_file(disk, paper_of(file)));
  const json document = json::parse(as_text(content), nullptr, false);
  if (!document.is_object() || document.value("format", std::string()) != kFormat)
    return bad("the .json file beside it is damaged");
  try {
    BackupPaper paper;
    paper.facts.file = file;
    paper.facts.made_at.ms = document.at("made_at").get<std::int64_t>();
    document.at("district").get_to(paper.facts.district);
    document.at("generation").get_to(paper.facts.generation);
    document.at("bytes").get_to(paper.facts.bytes);
    document.at("epoch").get_to(paper.epoch);
    document.at("hash").get_to(paper.hash);
    document.at("counts").get_to(paper.counts);
    document.at("audit_number").get_to(paper.audit_number);
    document.at("audit_hash").get_to(paper.audit_hash);
    for (const auto& [table, count] : paper.counts) paper.facts.rows += count;
    return paper;
  } catch (const json::exception&) {
    return bad("the .json file beside it is damaged");
  }
}

Result<std::string> hash_file(files::FileSystem& disk, const std::filesystem::path& path) {
  DOUDI_ASSIGN(const auto file, disk.open(path, files::Open::read));
  DOUDI_ASSIGN(const std::uint64_t size, file->size());
  Bytes hashes;
  for (std::uint64_t at = 0; at < size; at += kPieceBytes) {
    DOUDI_ASSIGN(const Bytes piece, file->read(at, kPieceBytes));
    const auto hash = crypto::sha256(piece);
    hashes.insert(hashes.end(), hash.begin(), hash.end());
  }
  return to_hex(crypto::sha256(hashes));
}

Result<BackupPaper> describe_store(sql::Connection& connection) {
  BackupPaper paper;
  std::vector<std::string> tables;
  DOUDI_TRY(connection.query("SELECT name FROM sqlite_master WHERE type='table' ORDER BY name",
                             [&tables](const sql::Row& row) {
                               tables.emplace_back(row.text(0));
                               return true;
                             }));
  for (const std::string& table : tables) {
    DOUDI_ASSIGN(paper.counts[table], connection.integer("SELECT count(*) FROM \"" + table + "\""));
    paper.facts.rows += paper.counts[table];
  }
  DOUDI_TRY(connection.query("SELECT number, hash FROM audit_log ORDER BY number DESC LIMIT 1",
                             [&paper](const sql::Row& row) {
                               paper.audit_number = row.integer(0);
                               paper.audit_hash = to_hex(row.blob(1));
                               return false;
                             }));
  const auto setting = [&connection](std::string_view key) {
    return connection.value("SELECT value FROM setting WHERE key=$1", sql::params(key));
  };
  DOUDI_ASSIGN(const auto epoch, setting("epoch"));
  DOUDI_ASSIGN(const auto district, setting("district"));
  DOUDI_ASSIGN(const auto generation, setting("generation"));
  if (!epoch || !district || !generation) return bad("it is no store of a district");
  paper.epoch = std::get<std::string>(*epoch);
  paper.facts.district = std::get<std::string>(*district);
  paper.facts.generation = std::strtoll(std::get<std::string>(*generation).c_str(), nullptr, 10);
  return paper;
}

std::string difference(const BackupPaper& expected, const BackupPaper& found) {
  if (expected.counts != found.counts) return "the numbers of rows are not those that were backed up";
  if (expected.audit_number != found.audit_number || expected.audit_hash != found.audit_hash)
    return "the audit log does not end where it did";
  if (expected.epoch != found.epoch || expected.facts.generation != found.facts.generation ||
      expected.facts.district != found.facts.district)
    return "it is of another store";
  return {};
}

}  // namespace doudi::district
