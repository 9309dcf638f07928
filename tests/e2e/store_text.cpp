// doudi-store-text district|tablet DIR OUT: writes the encrypted store in DIR as SQL text into OUT, with the
// small files that belong to it. The text goes back into an encrypted store by running it. Nothing is
// migrated.
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <vector>

#include "field_client/keys/key_manager.hpp"
#include "shared/files/files.hpp"
#include "shared/sql/sqlcipher.hpp"

namespace {

using doudi::Error;
using doudi::Result;
using doudi::Secret;
using doudi::Status;
using Path = std::filesystem::path;

struct Entry {
  std::string kind, name, text;
};

Result<std::vector<Entry>> entries(doudi::sql::Connection& connection) {
  std::vector<Entry> found;
  DOUDI_TRY(connection.query(
      "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE "
      "'sqlite_%' ORDER BY rowid",
      [&found](const doudi::sql::Row& row) {
        found.push_back({std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2))});
        return true;
      }));
  return found;
}

Result<std::string> row_expression(doudi::sql::Connection& connection, const std::string& table) {
  std::string columns;
  DOUDI_TRY(connection.query("SELECT name FROM pragma_table_info($1) ORDER BY cid", doudi::sql::params(table),
                             [&columns](const doudi::sql::Row& row) {
                               columns += (columns.empty() ? "" : "||','||") +
                                          ("quote(\"" + std::string(row.text(0))) + "\")";
                               return true;
                             }));
  return columns;
}

Status write_rows(doudi::sql::Connection& connection, const std::string& table, std::ostream& out) {
  DOUDI_ASSIGN(const std::string expression, row_expression(connection, table));
  return connection.query("SELECT " + expression + " FROM \"" + table + "\"",
                          [&](const doudi::sql::Row& row) {
                            out << "INSERT INTO \"" << table << "\" VALUES(" << row.text(0) << ");\n";
                            return true;
                          });
}

// Triggers and indexes come last: what is loaded is not captured.
Status write_text(doudi::sql::Connection& connection, std::ostream& out) {
  DOUDI_ASSIGN(const auto found, entries(connection));
  for (const Entry& entry : found)
    if (entry.kind == "table") out << entry.text << ";\n";
  for (const Entry& entry : found)
    if (entry.kind == "table") DOUDI_TRY(write_rows(connection, entry.name, out));
  for (const Entry& entry : found)
    if (entry.kind != "table") out << entry.text << ";\n";
  return {};
}

Status write_store(const Path& file, const Secret& key, const Path& text) {
  DOUDI_ASSIGN(const auto connection, doudi::sql::open_sqlcipher({.file = file}, key));
  std::ofstream out(text, std::ios::binary);
  DOUDI_TRY(write_text(*connection, out));
  return out.flush() ? Status{} : Status{Error{"file.write", "the text cannot be written"}};
}

Status take_along(const Path& from, const Path& to) {
  std::filesystem::copy_file(from, to, std::filesystem::copy_options::overwrite_existing);
  return {};
}

Status write_district(const Path& folder, const Path& out) {
  DOUDI_ASSIGN(doudi::Bytes key,
               doudi::files::read_small_file(doudi::files::system_files(), folder / "district.key", 32));
  DOUDI_TRY(write_store(folder / "district.db", Secret(std::move(key)), out / "district.sql"));
  for (const char* name : {"ca.pem", "district.generation"}) DOUDI_TRY(take_along(folder / name, out / name));
  return {};
}

Status write_tablet(const Path& folder, const Path& out) {
  doudi::field::KeyManager keys(folder, doudi::field::DeviceClock::system());
  DOUDI_ASSIGN(const Secret key, keys.unlock(std::getenv("DOUDI_PIN")));
  DOUDI_TRY(write_store(folder / "field.db", key, out / "tablet.sql"));
  std::ofstream(out / "tablet.key") << doudi::to_hex(key.view()) << "\n";
  return take_along(folder / "field.seal", out / "field.seal");
}

}  // namespace

int main(int count, char** values) {
  const std::vector<std::string> words(values + 1, values + count);
  if (words.size() != 3) return 2;
  const Status done =
      words[0] == "tablet" ? write_tablet(words[1], words[2]) : write_district(words[1], words[2]);
  if (!done.ok()) std::cerr << done.error().code << ": " << done.error().message << '\n';
  return done.ok() ? 0 : 1;
}
