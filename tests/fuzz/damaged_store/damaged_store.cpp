// Damage to a tablet's files, chosen by the fuzzer: bits flipped and ends cut off in database, log and seal.
// Opening and reading give an error or exactly what was saved; a visit that is missing without a word, or a
// wrong row, ends the run.
#include <array>
#include <cstdlib>

#include "field_client/store/store.hpp"
#include "tests/sim/storage/seeded_randomness.hpp"
#include "tests/sim/storage/sim_storage.hpp"

namespace {

using namespace doudi;

constexpr int kVisitsInFile = 5;
constexpr int kVisitsInLog = 4;
constexpr std::size_t kRecordBytes = 5;  // file and kind, three bytes of position, bit
const std::filesystem::path kFolder = "/tablet";
const std::array<std::string, 3> kFiles{(kFolder / "field.db").string(), (kFolder / "field.db-wal").string(),
                                        (kFolder / "field.seal").string()};
constexpr std::array<const char*, 4> kTables{"visit", "op_log", "op_group", "household"};

Uuid id_of(int number) {
  Uuid id;
  id.bytes[15] = static_cast<std::uint8_t>(number);
  return id;
}

field::DeviceClock still_clock() {
  return {[] { return Instant{1'800'000'000'000}; }, [] { return std::int64_t{1'000}; }, "boot"};
}

Status save_visit(field::Store& store, int number) {
  const auto saved = store.save(
      {"visit", std::nullopt}, [] { return sync::Lane::ordinary; },
      [number](field::RowWriter& writer) {
        return writer.insert("visit", id_of(number),
                             {{"grid", sql::to_value(id_of(200))},
                              {"household", sql::to_value(id_of(201))},
                              {"worker", sql::to_value(id_of(202))},
                              {"seen_at", Value{std::int64_t{number}}},
                              {"monotonic_ms", Value{std::int64_t{1}}},
                              {"boot_id", Value{std::string("boot")}},
                              {"mode", Value{std::string("in_person")}},
                              {"outcome", Value{std::string("met")}},
                              {"form", Value{std::string("visit-v1")}},
                              {"form_version", Value{std::int64_t{1}}},
                              {"leaflet_given", Value{std::int64_t{1}}},
                              {"leaflet_posted", Value{std::int64_t{0}}}});
      });
  if (!saved.ok()) return saved.error();
  return {};
}

Result<std::string> read_table(field::Store& store, const std::string& table) {
  std::string text;
  DOUDI_TRY(store.connection().query("SELECT * FROM " + table + " ORDER BY 1", [&text](const sql::Row& row) {
    for (int i = 0; i < row.size(); ++i) text += to_hex(row.blob(i)) + '|';
    return true;
  }));
  return text;
}

// A tablet that lost its power with part of its visits still in the log.
class Target {
 public:
  Target() : randomness_(1) {
    auto store = open(true);
    ensure(store.ok(), "the store is made");
    for (int number = 1; number <= kVisitsInFile + kVisitsInLog; ++number) {
      ensure(save_visit(**store, number).ok(), "a visit is saved");
      if (number == kVisitsInFile) ensure((*store)->checkpoint().ok(), "the log is emptied");
    }
    sound_ = storage_.disk.image();
    for (const std::string& file : kFiles) contents_.push_back(storage_.disk.content(file));
    for (const char* table : kTables) rows_.push_back(*read_table(**store, table));
  }

  void run(ByteView input) {
    storage_.disk.restore(sound_);
    for (; input.size() >= kRecordBytes; input = input.subspan(kRecordBytes)) damage(input);
    const bool harmed = storage_.disk.content(kFiles[0]) != contents_[0] ||
                        storage_.disk.content(kFiles[1]) != contents_[1] ||
                        storage_.disk.content(kFiles[2]) != contents_[2];
    const auto store = open(false);
    ensure(store.ok() || harmed, "a sound tablet opens");
    if (!store.ok()) return;
    for (std::size_t i = 0; i < kTables.size(); ++i) {
      const auto found = read_table(**store, kTables[i]);
      ensure(!found.ok() || *found == rows_[i], "what is read is what was saved");
    }
  }

 private:
  Result<std::unique_ptr<field::Store>> open(bool create) {
    field::StoreOptions options;
    options.folder = kFolder;
    options.clock = still_clock();
    options.create = create;
    options.disk = &storage_.files;
    return field::Store::open(options, key_);
  }

  void damage(ByteView record) {
    const std::string& file = kFiles[record[0] % kFiles.size()];
    const std::size_t size = storage_.disk.content(file).size();
    if (size == 0) return;
    const std::size_t at =
        (record[1] | static_cast<std::size_t>(record[2]) << 8U | static_cast<std::size_t>(record[3]) << 16U) %
        size;
    if (record[0] / kFiles.size() % 8 == 0)
      storage_.disk.cut_short(file, at);
    else
      storage_.disk.flip_bit(file, at, record[4] % 8);
  }

  sim::SeededRandomness randomness_;
  sim::SimStorage storage_;
  Secret key_{Bytes(32, 5)};
  sim::DiskImage sound_;
  std::vector<Bytes> contents_;  // of the files, sound
  std::vector<std::string> rows_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Target target;
  target.run({data, size});
  return 0;
}
