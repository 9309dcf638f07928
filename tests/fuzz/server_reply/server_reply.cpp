// A hostile district: any bytes as its answer, applied to a real encrypted store. The process lives, and
// after a refused answer every row, position, group and digest is what it was.
#include <cstdlib>
#include <memory>

#include "field_client/sync/sync_store.hpp"
#include "shared/crypto/crypto.hpp"
#include "shared/wire/frame.hpp"
#include "tests/support/temp_directory.hpp"

namespace doudi {
namespace {

constexpr std::size_t kInputBytesMax = 64 * 1024;
constexpr int kInputsPerStore = 500;

void demand(bool holds) {
  if (!holds) std::abort();
}

field::DeviceClock fixed_clock() {
  return {[] { return Instant{1'790'000'000'000}; }, [] { return std::int64_t{1'000'000}; }, "boot-1"};
}

Uuid household_id() {
  Uuid id;
  id.bytes[15] = 1;
  return id;
}

// A store with one household and one unsent edit of it.
class Tablet {
 public:
  Tablet() {
    field::StoreOptions options;
    options.folder = home_.path() / "tablet";
    options.clock = fixed_clock();
    options.create = true;
    std::filesystem::create_directories(options.folder);
    auto opened = field::Store::open(options, Secret(Bytes(32, 7)));
    demand(opened.ok());
    store_ = std::move(*opened);
    demand(store_->apply([](field::RowWriter& writer) { return writer.put(household()); }).ok());
    const auto edit = [](field::RowWriter& writer) {
      return writer.update("household", household_id(), {{"phone", Value{std::string("022-00000000")}}});
    };
    demand(store_
               ->save(
                   {"edit", household_id()}, [] { return sync::Lane::ordinary; }, edit)
               .ok());
    steps_ = std::make_unique<field::SyncStore>(*store_);
  }

  void answer(wire::Payload payload, ByteView body) {
    const std::string before = state();
    const Status taken = take(payload, wire::make_frame(payload, body, crypto::sha256));
    if (!taken.ok()) demand(state() == before);
  }

 private:
  static sync::RowState household() {
    return {"household",
            household_id(),
            false,
            {{"grid", sql::to_value(household_id())},
             {"door", std::string("1")},
             {"door_order", std::int64_t{1}},
             {"address", std::string("测试路1号")},
             {"enrolled_on", std::string("2020-01-01")}}};
  }

  Status take(wire::Payload payload, const Bytes& frame) {
    if (payload == wire::Payload::hello_reply) {
      DOUDI_ASSIGN(const auto reply, wire::decode_hello_reply(frame, crypto::sha256));
      DOUDI_ASSIGN([[maybe_unused]] const bool again, steps_->greeted(reply));
    }
    if (payload == wire::Payload::push_reply) {
      DOUDI_ASSIGN(const auto reply, wire::decode_push_reply(frame, crypto::sha256));
      return steps_->pushed(reply);
    }
    if (payload == wire::Payload::page) {
      DOUDI_ASSIGN(const auto page, wire::decode_page(frame, crypto::sha256));
      DOUDI_ASSIGN([[maybe_unused]] const bool more, steps_->page(page));
    }
    return {};
  }

  std::string state() {
    std::string text;
    for (const std::string_view statement :
         {"SELECT id, door, phone, deleted FROM household ORDER BY id",
          "SELECT id, name FROM person ORDER BY id", "SELECT id, state FROM lead ORDER BY id",
          "SELECT scope, position FROM cursor ORDER BY scope",
          "SELECT scope, digest FROM local_digest ORDER BY scope",
          "SELECT id, incarnation, seq, state, verdict FROM op_group ORDER BY id"}) {
      demand(store_->connection()
                 .query(statement,
                        [&text](const sql::Row& row) {
                          for (int i = 0; i < row.size(); ++i)
                            text += row.is_null(i) ? "-|" : std::string(as_text(row.blob(i))) + "|";
                          return true;
                        })
                 .ok());
    }
    return text;
  }

  test::TempDirectory home_{"fuzz"};
  std::unique_ptr<field::Store> store_;
  std::unique_ptr<field::SyncStore> steps_;
};

}  // namespace
}  // namespace doudi

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace doudi;
  static std::unique_ptr<Tablet> tablet;
  static int inputs = 0;
  if (size == 0 || size > kInputBytesMax) return 0;
  if (!tablet || ++inputs % kInputsPerStore == 0) {
    tablet.reset();
    tablet = std::make_unique<Tablet>();
  }
  tablet->answer(static_cast<wire::Payload>(data[0]), ByteView(data, size).subspan(1));
  return 0;
}
