// What a lost tablet had not sent is in a file that only the office opens; a revoked one destroys its keys,
// but never before that file is complete.
#include <catch2/catch_test_macros.hpp>

#include <fstream>
#include <iterator>

#include "field_client/sync/sync_store.hpp"
#include "shared/crypto/crypto.hpp"
#include "shared/crypto/sealed_box.hpp"
#include "shared/wire/outbox_record.hpp"
#include "tests/unit/field/tablet.hpp"

namespace doudi::test {
namespace {

Bytes content_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

// Seqs of the groups the office finds in the tablet's file.
std::vector<std::uint64_t> recovered(const Tablet& tablet, const crypto::BoxKey& office) {
  const auto records = wire::outbox_records(content_of(tablet.folder / "outbox.sealed"));
  REQUIRE(records.ok());
  std::vector<std::uint64_t> seqs;
  for (const Bytes& sealed : *records) {
    const auto bytes = crypto::open_sealed(office, sealed, as_bytes(wire::kOutboxPurpose));
    REQUIRE(bytes.ok());
    const auto record = wire::decode_outbox_record(*bytes);
    REQUIRE(record.ok());
    CHECK(record->device == id_number(7));
    const auto push = wire::decode_push(record->frame, crypto::sha256);
    REQUIRE(push.ok());
    seqs.push_back(push->groups.at(0).seq);
  }
  return seqs;
}

void give_key(const Tablet& tablet, const crypto::BoxKey& office) {
  const auto store = tablet.store();
  REQUIRE(store->set_recovery_key(office.public_key).ok());
}

}  // namespace

TEST_CASE("every unsent group is in the sealed outbox without the PIN") {
  const Tablet tablet;
  const crypto::BoxKey office = crypto::make_box_key();
  give_key(tablet, office);
  {
    auto field = tablet.unlocked();
    REQUIRE(field->save_visit(quick_visit(1)).ok());
    REQUIRE(field->save_visit(quick_visit(2)).ok());
    REQUIRE(field->lock().ok());
  }
  CHECK(recovered(tablet, office) == std::vector<std::uint64_t>{1, 2});
}

TEST_CASE("what was saved before the office gave its key is sealed as soon as it does") {
  const Tablet tablet;
  {
    auto field = tablet.unlocked();
    REQUIRE(field->save_visit(quick_visit(1)).ok());
    REQUIRE(field->lock().ok());
  }
  CHECK_FALSE(std::filesystem::exists(tablet.folder / "outbox.sealed"));
  const crypto::BoxKey office = crypto::make_box_key();
  give_key(tablet, office);
  CHECK(recovered(tablet, office) == std::vector<std::uint64_t>{1});
  const crypto::BoxKey newer = crypto::make_box_key();
  give_key(tablet, newer);
  CHECK(recovered(tablet, newer) == std::vector<std::uint64_t>{1});
}

TEST_CASE("the sealed outbox is empty again when everything is with the district") {
  const Tablet tablet;
  const crypto::BoxKey office = crypto::make_box_key();
  give_key(tablet, office);
  {
    auto field = tablet.unlocked();
    REQUIRE(field->save_visit(quick_visit(1)).ok());
    REQUIRE(field->lock().ok());
  }
  const auto store = tablet.store();
  field::SyncStore steps(*store);
  const auto push = steps.batch(false);
  wire::PushReply reply;
  reply.epoch = "epoch-1";
  for (const auto& group : push->groups)
    reply.verdicts.push_back({group.incarnation, group.seq, sync::Verdict::applied, ""});
  REQUIRE(steps.pushed(reply).ok());
  CHECK(recovered(tablet, office).empty());
  CHECK(std::filesystem::file_size(tablet.folder / "outbox.sealed") == field::kOutboxHeaderBytes);
}

TEST_CASE("what the district has within seconds is never sealed") {
  const Tablet tablet;
  const crypto::BoxKey office = crypto::make_box_key();
  give_key(tablet, office);
  {
    auto field = tablet.unlocked();
    REQUIRE(field->save_visit(quick_visit(1)).ok());
  }
  const auto store = tablet.store();
  REQUIRE(store->groups().acknowledge({1, 1, sync::Verdict::applied, ""}).ok());
  REQUIRE(store->checkpoint().ok());
  CHECK(recovered(tablet, office).empty());
}

TEST_CASE("what a killed program had saved is sealed when the store is opened again") {
  const Tablet tablet;
  const crypto::BoxKey office = crypto::make_box_key();
  give_key(tablet, office);
  {
    auto field = tablet.unlocked();
    REQUIRE(field->save_visit(quick_visit(1)).ok());
    REQUIRE(field->lock().ok());
    REQUIRE(field->unlock(kPin).ok());
    REQUIRE(field->save_visit(quick_visit(2)).ok());
  }
  CHECK(recovered(tablet, office) == std::vector<std::uint64_t>{1});
  const auto store = tablet.store();
  REQUIRE(store->needs_checkpoint());
  REQUIRE(store->checkpoint().ok());
  CHECK(recovered(tablet, office) == std::vector<std::uint64_t>{1, 2});
}

TEST_CASE("a sealed file that is not the one last written is made anew") {
  const Tablet tablet;
  const crypto::BoxKey office = crypto::make_box_key();
  give_key(tablet, office);
  {
    auto field = tablet.unlocked();
    REQUIRE(field->save_visit(quick_visit(1)).ok());
    REQUIRE(field->lock().ok());
  }
  const auto file = tablet.folder / "outbox.sealed";
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 1);
  const auto store = tablet.store();
  REQUIRE(store->checkpoint().ok());
  CHECK(recovered(tablet, office) == std::vector<std::uint64_t>{1});
}

TEST_CASE("a new incarnation is sealed under its new numbers") {
  const Tablet tablet;
  const crypto::BoxKey office = crypto::make_box_key();
  give_key(tablet, office);
  {
    auto field = tablet.unlocked();
    REQUIRE(field->save_visit(quick_visit(1)).ok());
    REQUIRE(field->lock().ok());
  }
  const auto store = tablet.store();
  REQUIRE(store->start_incarnation(2).ok());
  CHECK(recovered(tablet, office) == std::vector<std::uint64_t>{1});
}

TEST_CASE("no text of a visit can be read in the sealed outbox") {
  const Tablet tablet;
  give_key(tablet, crypto::make_box_key());
  auto visit = quick_visit(1);
  visit.note = "暗号七七四十九";
  {
    auto field = tablet.unlocked();
    REQUIRE(field->save_visit(visit).ok());
    REQUIRE(field->lock().ok());
  }
  const Bytes content = content_of(tablet.folder / "outbox.sealed");
  CHECK(content.size() > 100);
  CHECK(as_text(content).find(visit.note) == std::string_view::npos);
}

TEST_CASE("a torn last record leaves the ones before it readable") {
  const Tablet tablet;
  const crypto::BoxKey office = crypto::make_box_key();
  give_key(tablet, office);
  {
    auto field = tablet.unlocked();
    REQUIRE(field->save_visit(quick_visit(1)).ok());
    REQUIRE(field->save_visit(quick_visit(2)).ok());
    REQUIRE(field->lock().ok());
  }
  const auto file = tablet.folder / "outbox.sealed";
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 1);
  CHECK(recovered(tablet, office) == std::vector<std::uint64_t>{1});
}

TEST_CASE("destroyed keys open nothing, not even with the right PIN") {
  const Tablet tablet;
  field::KeyManager keys(tablet.folder, tablet.clock.device());
  REQUIRE(keys.unlock(kPin).ok());
  REQUIRE(keys.destroy().ok());
  CHECK_FALSE(keys.exists());
  CHECK_FALSE(keys.unlock(kPin).ok());
  CHECK(std::filesystem::exists(tablet.folder / "field.db"));
}

}  // namespace doudi::test
