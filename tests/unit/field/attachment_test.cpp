// Photos on the tablet: taken, bound by a save, waiting for their record, asked for in pieces.
#include <catch2/catch_test_macros.hpp>

#include "field_client/attachments/attachment_store.hpp"
#include "field_client/attachments/upload_queue.hpp"
#include "shared/crypto/crypto.hpp"
#include "shared/media/media.hpp"
#include "shared/wire/tus.hpp"
#include "tests/support/media_samples.hpp"
#include "tests/unit/field/tablet.hpp"

namespace doudi::test {
namespace {

Bytes digits(std::int64_t number) {
  return to_bytes(as_bytes(std::to_string(number)));
}

std::string header(const field::UploadRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers)
    if (key == name) return value;
  return {};
}

// A saved visit with one photo; the field is closed again.
Uuid visit_with_photo(const Tablet& tablet, const Bytes& photo) {
  auto field = tablet.unlocked();
  const auto staged = field->stage_attachment(photo);
  REQUIRE(staged.ok());
  auto visit = quick_visit(1);
  visit.attachments = {staged->id};
  REQUIRE(field->save_visit(visit).ok());
  return staged->id;
}

void acknowledge_all(field::Store& store) {
  REQUIRE(store.connection().run("UPDATE op_group SET state = 'acknowledged', verdict = 1").ok());
}

// A photo whose record the district has, up to its first piece.
struct BegunUpload {
  BegunUpload() {
    acknowledge_all(*store);
    REQUIRE(queue.next().value().value().method == "POST");
    REQUIRE(queue.answered(digits(0)).ok());
    REQUIRE(queue.next().value().value().method == "PATCH");
  }
  Tablet tablet;
  Uuid photo = visit_with_photo(tablet, jpeg_with_place(600'000));
  std::unique_ptr<field::Store> store = tablet.store();
  field::UploadQueue queue{*store};
};

}  // namespace

TEST_CASE(
    "a photo taken before the form is saved is kept without its place and can be looked at and removed") {
  const Tablet tablet;
  auto field = tablet.unlocked();
  const Bytes taken = jpeg_with_place(600'000);
  const auto staged = field->stage_attachment(taken);
  REQUIRE(staged.ok());
  CHECK(staged->state == "staged");
  const auto content = field->attachment_content(staged->id);
  REQUIRE(content.ok());
  CHECK(*content == media::without_metadata(taken).value());
  CHECK(field->chip().attachments_waiting == 0);
  field.reset();
  field = tablet.unlocked();  // the program ended and came back
  CHECK(field->attachment(staged->id).ok());
  CHECK(field->remove_attachment(staged->id).ok());
  CHECK(field->attachment(staged->id).error().code == "field.unknown_attachment");
  field.reset();
  CHECK(*tablet.store()->connection().integer("SELECT count(*) FROM attachment_chunk") == 0);
}

TEST_CASE("a photo and its visit are one group, and neither is saved without the other") {
  const Tablet tablet;
  auto field = tablet.unlocked();
  const auto staged = field->stage_attachment(jpeg_with_place(10'000));
  auto visit = quick_visit(1);
  visit.attachments = {staged->id, id_number(77)};
  CHECK(field->save_visit(visit).error().code == "field.unknown_attachment");
  CHECK(field->attachment(staged->id)->state == "staged");
  visit.attachments = {staged->id};
  REQUIRE(field->save_visit(visit).ok());
  CHECK(field->remove_attachment(staged->id).error().code == "field.unknown_attachment");
  const auto household = field->household(visit.household);
  REQUIRE(household.ok());
  REQUIRE(household->visits.front().attachments.size() == 1);
  CHECK(household->visits.front().attachments.front().state == "waiting");
  CHECK(field->chip().attachments_waiting == 1);
  CHECK(field->chip().state != field::ChipState::synced);
  field.reset();
  const auto store = tablet.store();
  const auto group = store->groups().read(1);
  REQUIRE(group.ok());
  CHECK(group->operations.back().table == "attachment");
}

TEST_CASE("the same photo is kept once") {
  const Tablet tablet;
  auto field = tablet.unlocked();
  const Bytes photo = jpeg_with_place(300'000);
  REQUIRE(field->stage_attachment(photo).ok());
  const auto second = field->stage_attachment(photo);
  field.reset();
  CHECK(*tablet.store()->connection().integer("SELECT count(*) FROM attachment_chunk") == 2);
  field = tablet.unlocked();
  CHECK(field->remove_attachment(second->id).ok());
  field.reset();
  CHECK(*tablet.store()->connection().integer("SELECT count(*) FROM attachment_chunk") == 2);
}

TEST_CASE("what is no photo, too large or too much is refused with its reason") {
  const Tablet tablet;
  auto field = tablet.unlocked();
  CHECK(field->stage_attachment(as_bytes("%PDF-1.7")).error().code == "media.unknown");
  Bytes large = jpeg_with_place(10);
  large.resize(media::kBytesMax + 1);
  CHECK(field->stage_attachment(large).error().code == "media.too_large");
  auto visit = quick_visit(1);
  for (int i = 0; i < 11; ++i) visit.attachments.push_back(field->stage_attachment(jpeg_with_place(10))->id);
  CHECK(field->save_visit(visit).error().code == "field.too_many_attachments");
}

TEST_CASE("a photo waits until the district has its record, then goes piece by piece from where it stands") {
  const Tablet tablet;
  const Bytes taken = jpeg_with_place(600'000);
  const Uuid id = visit_with_photo(tablet, taken);
  const Bytes kept = media::without_metadata(taken).value();
  const auto store = tablet.store();
  field::UploadQueue queue(*store);
  CHECK_FALSE(queue.next()->has_value());
  acknowledge_all(*store);

  const auto made = queue.next().value().value();
  CHECK(made.method == "POST");
  CHECK(header(made, wire::kUploadLengthHeader) == std::to_string(kept.size()));
  CHECK(wire::parse_metadata(header(made, wire::kUploadMetadataHeader))->at("attachment") == to_string(id));
  CHECK(*queue.answered(digits(0)) == 0);

  Bytes sent;
  for (std::int64_t offset = 0; offset < static_cast<std::int64_t>(kept.size());) {
    const auto piece = queue.next().value().value();
    REQUIRE(piece.method == "PATCH");
    CHECK(header(piece, wire::kUploadOffsetHeader) == std::to_string(offset));
    CHECK(piece.body.size() <= media::kChunkBytes);
    // The first piece arrives in part only: the next begins behind it.
    const std::size_t taken_bytes = offset == 0 ? 100'000 : piece.body.size();
    sent.insert(sent.end(), piece.body.begin(),
                piece.body.begin() + static_cast<std::ptrdiff_t>(taken_bytes));
    offset += static_cast<std::int64_t>(taken_bytes);
    CHECK(*queue.answered(digits(offset)) == static_cast<std::int64_t>(taken_bytes));
  }
  CHECK(sent == kept);
  CHECK_FALSE(queue.next()->has_value());
}

TEST_CASE("an uploaded photo stays until a proven backup of the district holds it") {
  const Tablet tablet;
  const Uuid id = visit_with_photo(tablet, jpeg_with_place(10'000));
  {
    const auto store = tablet.store();
    acknowledge_all(*store);
    field::UploadQueue queue(*store);
    REQUIRE(queue.next()->has_value());
    REQUIRE(queue.answered(digits(0)).ok());
    const auto piece = queue.next().value().value();
    REQUIRE(queue.answered(digits(static_cast<std::int64_t>(piece.body.size()))).ok());
    REQUIRE(store->connection().run("UPDATE attachment_local SET changed_at = 0").ok());
  }
  const auto is_here_after = [&](std::int64_t backed_up) {
    REQUIRE(tablet.store()->set_setting("backed_up", Value{backed_up}).ok());
    auto field = tablet.unlocked();
    // Taking a photo is when old ones are let go.
    REQUIRE(field->stage_attachment(jpeg_with_place(100)).ok());
    return field->attachment(id)->here;
  };
  CHECK(is_here_after(1));  // the visit of the photo, perhaps copied before its bytes came
  REQUIRE(tablet.unlocked()->save_visit(quick_visit(2)).ok());
  CHECK(is_here_after(1));
  CHECK_FALSE(is_here_after(2));
}

TEST_CASE("after a cut the district is asked how much it has") {
  BegunUpload upload;
  CHECK(upload.queue.answered(Error{"net.unreachable", ""}).error().code == "net.unreachable");
  const auto asked = upload.queue.next().value().value();
  CHECK(asked.method == "HEAD");
  CHECK(asked.target == "/v1/attachments/" + to_string(upload.photo));
  CHECK(*upload.queue.answered(digits(70'000)) == 70'000);
  CHECK(header(upload.queue.next().value().value(), wire::kUploadOffsetHeader) == "70000");
}

TEST_CASE("an upload that a restored district has forgotten begins anew") {
  BegunUpload upload;
  SECTION("and says so to a piece") {
    REQUIRE(upload.queue.answered(Error{"not_found", ""}).ok());
    CHECK(upload.queue.next().value().value().method == "POST");
    // Said to a creation it is final: the record is not this worker's.
    REQUIRE(upload.queue.answered(Error{"not_found", ""}).ok());
    CHECK_FALSE(upload.queue.next()->has_value());
  }
  SECTION("and was greeted in between") {
    REQUIRE(upload.queue.answered(digits(100'000)).ok());
    REQUIRE(upload.store->connection()
                .run("UPDATE attachment_local SET state = 'uploading', sent = 0 WHERE id = $1",
                     sql::params(upload.photo))
                .ok());
    CHECK(upload.queue.next().value().value().method == "HEAD");
  }
}

TEST_CASE("a refused photo is set aside with its reason, lets the next one go and can be sent again") {
  const Tablet tablet;
  const Uuid first = visit_with_photo(tablet, jpeg_with_place(10'000));
  const Uuid second = visit_with_photo(tablet, jpeg_with_place(20'000, 2));
  {
    const auto store = tablet.store();
    acknowledge_all(*store);
    field::UploadQueue queue(*store);
    REQUIRE(queue.next().value().has_value());
    CHECK(*queue.answered(Error{"attachment.hash", ""}) == 0);
    const auto next = queue.next().value().value();
    CHECK(wire::parse_metadata(header(next, wire::kUploadMetadataHeader))->at("attachment") ==
          to_string(second));
  }
  auto field = tablet.unlocked();
  CHECK(field->attachment(first)->state == "rejected");
  CHECK(field->attachment(first)->reason == "attachment.hash");
  CHECK(field->retry_attachment(first).ok());
  CHECK(field->attachment(first)->state == "waiting");
}

TEST_CASE("two sides that never agree about a photo do not ask each other for ever") {
  const Tablet tablet;
  visit_with_photo(tablet, jpeg_with_place(10'000));
  const auto store = tablet.store();
  acknowledge_all(*store);
  field::UploadQueue queue(*store);
  int requests = 0;
  while (requests < 100) {
    const auto request = queue.next().value();
    if (!request) break;
    ++requests;
    const auto answered = request->method == "PATCH" ? queue.answered(Error{"attachment.checksum", ""})
                                                     : queue.answered(digits(0));
    REQUIRE(answered.ok());
  }
  CHECK(requests < 20);
}

}  // namespace doudi::test
