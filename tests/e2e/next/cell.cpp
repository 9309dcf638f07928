// doudi-cell tablet DIR HOUSEHOLD COLUMN TEXT: saves an edit. doudi-cell district DIR HOUSEHOLD COLUMN: shows
// what stands in the column itself. No program may have the store open.
#include <cstdlib>
#include <iostream>
#include <vector>

#include "field_client/keys/key_manager.hpp"
#include "field_client/store/store.hpp"
#include "sync_server/store/store.hpp"

namespace {

using doudi::Error;
using doudi::Status;
using doudi::Uuid;
using doudi::Value;
using Words = std::vector<std::string>;

Status edit_tablet(const std::filesystem::path& folder, const Uuid& household, const std::string& column,
                   const std::string& text) {
  const auto clock = doudi::field::DeviceClock::system();
  DOUDI_ASSIGN(const auto key, doudi::field::KeyManager(folder, clock).unlock(std::getenv("DOUDI_PIN")));
  DOUDI_ASSIGN(const auto store, doudi::field::Store::open({folder, clock}, key));
  const auto saved = store->save(
      {"edit", household}, [] { return doudi::sync::Lane::ordinary; },
      [&](doudi::field::RowWriter& writer) {
        return writer.update("household", household, {{column, Value(text)}});
      });
  return saved.ok() ? Status{} : Status{saved.error()};
}

Status show_district(const std::filesystem::path& folder, const Uuid& household, const std::string& column) {
  DOUDI_ASSIGN(const auto store, doudi::district::Store::open(folder));
  DOUDI_ASSIGN(const auto reader, store->read());
  return reader->query("SELECT " + column + " FROM household WHERE id=$1", doudi::sql::params(household),
                       [](const doudi::sql::Row& row) {
                         std::cout << row.text(0);
                         return false;
                       });
}

Status run(const Words& words) {
  const auto household = words.size() > 3 ? doudi::parse_uuid(words[2]) : std::nullopt;
  if (household && words.size() == 5 && words[0] == "tablet")
    return edit_tablet(words[1], *household, words[3], words[4]);
  if (household && words.size() == 4 && words[0] == "district")
    return show_district(words[1], *household, words[3]);
  return Error{"usage", "tablet DIR HOUSEHOLD COLUMN TEXT | district DIR HOUSEHOLD COLUMN"};
}

}  // namespace

int main(int count, char** values) {
  const Status done = run(Words(values + 1, values + count));
  if (!done.ok()) std::cerr << done.error().code << ": " << done.error().message << '\n';
  return done.ok() ? 0 : 1;
}
