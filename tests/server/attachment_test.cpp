// The upload protocol row by row, and who may send and see what.
#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include <chrono>
#include <thread>

#include "shared/media/media.hpp"
#include "shared/wire/tus.hpp"
#include "sync_server/service/attachments.hpp"
#include "tests/server/upload.hpp"
#include "tests/support/media_samples.hpp"

namespace doudi::test {
namespace {

using Json = nlohmann::json;

std::string code_of(const RawAnswer& answer) {
  return Json::parse(answer.body).at("code");
}

Json pictures_of(Console& console, DistrictFixture& fixture, std::string_view door = "3号楼 2门 501") {
  const auto answer =
      console.get("/v1/households/" + to_string(fixture.id_of("household", "door", door)) + "/attachments");
  REQUIRE(answer.status == 200);
  return Json::parse(answer.body).at("attachments");
}

std::size_t wait_for_offset(Tablet& tablet, const Photo& photo) {
  // The cut piece is kept by another thread; every question is a round trip.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (std::chrono::steady_clock::now() < deadline) {
    const std::size_t offset = offset_of(ask_offset(tablet, photo));
    if (offset > 0) return offset;
    std::this_thread::yield();
  }
  return 0;
}

}  // namespace

TEST_CASE("a photo arrives after its visit and can then be seen by those who may") {
  DistrictFixture fixture;
  Tablet tablet(fixture);
  Console console(fixture, "sun");
  const Photo photo = clean_photo(600'000);
  tablet.push({visit_with_photo(tablet, photo)});

  auto listed = pictures_of(console, fixture);
  REQUIRE(listed.size() == 1);
  CHECK(listed[0]["state"] == "pending");
  const std::string content = "/v1/attachments/" + to_string(photo.id) + "/content";
  CHECK(console.get(content).status == 404);

  const RawAnswer made = create_upload(tablet, photo);
  CHECK(made.status == 201);
  CHECK(made.header("location") == photo.target());
  CHECK(made.header("tus-resumable") == "1.0.0");
  const RawAnswer last = send_rest(tablet, photo);
  CHECK(last.status == 204);
  CHECK(offset_of(last) == photo.content.size());

  listed = pictures_of(console, fixture);
  CHECK(listed[0]["state"] == "stored");
  CHECK(listed[0]["received_at"].is_string());
  const RawAnswer shown = console.get(content);
  REQUIRE(shown.status == 200);
  CHECK(as_bytes(shown.body).size() == photo.content.size());
  CHECK(to_bytes(as_bytes(shown.body)) == photo.content);
  CHECK(shown.header("cache-control") == "no-store");
  CHECK(shown.header("x-content-type-options") == "nosniff");
  CHECK(shown.header("content-disposition").value_or("").starts_with("inline; filename="));
  CHECK(fixture.count("SELECT count(*) FROM audit_log WHERE action='attachment.view'") == 1);

  SECTION("the row the tablets pull says so too, and all digests hold") {
    const auto page = tablet.pull();
    bool found = false;
    for (const auto& row : page.rows)
      if (row.table == "attachment") found = !is_null(district::cell(row, "received_at"));
    CHECK(found);
    CHECK(fixture.command({"verify"}).first == 0);
  }
  SECTION("another township sees neither list nor content") {
    fixture.add_account("li", "township", "120110002");
    Console other(fixture, "li");
    CHECK(other.get(content).status == 404);
    const auto household = fixture.id_of("household", "door", "3号楼 2门 501");
    CHECK(other.get("/v1/households/" + to_string(household) + "/attachments").status == 404);
  }
  SECTION("nobody without a session or with another duty sees it") {
    fixture.add_account("root", "sysadmin", "120110");
    Console administrator(fixture, "root");
    CHECK(administrator.get(content).status == 403);
    CHECK(ask(fixture, "GET", content).status == 401);
  }
  SECTION("no file holds a part of it in clear") {
    const std::string part(as_text(ByteView(photo.content).subspan(100'000, 32)));
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(fixture.folder() / "data")) {
      if (!entry.is_regular_file()) continue;
      ++files;
      std::ifstream in(entry.path(), std::ios::binary);
      const std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
      CHECK(bytes.find(part) == std::string::npos);
      CHECK(bytes.find("JFIF") == std::string::npos);
    }
    CHECK(files > 3);
  }
}

TEST_CASE("the upload protocol answers every mistake as it should") {
  DistrictFixture fixture;
  Tablet tablet(fixture);
  const Photo photo = clean_photo(400'000);
  const ByteView all(photo.content);
  const ByteView first = all.first(100'000);
  tablet.push({visit_with_photo(tablet, photo)});
  REQUIRE(create_upload(tablet, photo).status == 201);
  REQUIRE(send_piece(tablet, photo, 0, first).status == 204);

  SECTION("making it again changes nothing and says where it stands") {
    const RawAnswer again = create_upload(tablet, photo);
    CHECK(again.status == 201);
    CHECK(offset_of(again) == 100'000);
  }
  SECTION("a repeated piece is refused and counted once") {
    const RawAnswer again = send_piece(tablet, photo, 0, first);
    CHECK(again.status == 409);
    CHECK(code_of(again) == "attachment.offset");
    CHECK(offset_of(ask_offset(tablet, photo)) == 100'000);
  }
  SECTION("a piece that leaves a gap is refused") {
    CHECK(send_piece(tablet, photo, 200'000, all.subspan(200'000, 10)).status == 409);
  }
  SECTION("a piece with another checksum is refused with 460 and dropped") {
    const std::string wrong = wire::checksum_text(crypto::sha256(first));
    const RawAnswer answer = send_piece(tablet, photo, 100'000, all.subspan(100'000, 50'000), wrong);
    CHECK(answer.status == 460);
    CHECK(code_of(answer) == "attachment.checksum");
    CHECK(offset_of(ask_offset(tablet, photo)) == 100'000);
  }
  SECTION("a piece above 256 KiB and a photo above 8 MiB are refused") {
    CHECK(send_piece(tablet, photo, 100'000, all.subspan(100'000, media::kChunkBytes + 1)).status == 413);
    CHECK(create_upload(tablet, clean_photo(10), media::kBytesMax + 1).status == 413);
  }
  SECTION("more bytes than announced are refused") {
    Bytes longer(photo.content.begin() + 200'000, photo.content.end());
    longer.push_back(0);
    REQUIRE(send_piece(tablet, photo, 100'000, all.subspan(100'000, 100'000)).status == 204);
    CHECK(send_piece(tablet, photo, 200'000, longer).status == 413);
  }
  SECTION("another protocol version is refused with the right one") {
    const RawAnswer answer = tablet.call("HEAD", photo.target(), {}, {"Tus-Resumable: 0.2.0"});
    CHECK(answer.status == 412);
    CHECK(answer.header("tus-version") == "1.0.0");
  }
  SECTION("a piece of another type or without offset is refused") {
    const std::string sum = "Upload-Checksum: " + wire::checksum_text(crypto::sha256(first));
    CHECK(tablet
              .call("PATCH", photo.target(), to_bytes(first),
                    {"Tus-Resumable: 1.0.0", "Content-Type: image/jpeg", "Upload-Offset: 100000", sum})
              .status == 415);
    CHECK(tablet
              .call("PATCH", photo.target(), to_bytes(first),
                    {"Tus-Resumable: 1.0.0", "Content-Type: application/offset+octet-stream", sum})
              .status == 400);
  }
  SECTION("the same id with another content is refused") {
    Photo other = clean_photo(400'000, 2);
    other.id = photo.id;
    CHECK(create_upload(tablet, other).status == 409);
  }
  SECTION("what the server speaks is said without a signature") {
    const RawAnswer answer = ask(fixture, "OPTIONS", wire::kUploadTarget);
    CHECK(answer.status == 204);
    CHECK(answer.header("tus-extension") == "creation,checksum");
    CHECK(answer.header("tus-max-size") == "8388608");
  }
}

TEST_CASE("an upload belongs to its tablet and its grid") {
  DistrictFixture fixture;
  Tablet tablet(fixture);
  Tablet foreign(fixture, "w002001001");
  const Photo photo = clean_photo(50'000);
  tablet.push({visit_with_photo(tablet, photo)});
  REQUIRE(create_upload(tablet, photo).status == 201);

  CHECK(create_upload(foreign, photo).status == 404);
  CHECK(ask_offset(foreign, photo).status == 404);
  CHECK(send_piece(foreign, photo, 0, photo.content).status == 404);
  Tablet colleague(fixture);
  CHECK(ask_offset(colleague, photo).status == 404);
  CHECK(ask_offset(tablet, clean_photo(10)).status == 404);
  CHECK(tablet.call("HEAD", "/v1/attachments/nonsense", {}, {"Tus-Resumable: 1.0.0"}).status == 404);

  REQUIRE(fixture.command({"device", "revoke", "--id", to_string(tablet.device)}).first == 0);
  CHECK(send_piece(tablet, photo, 0, photo.content).status == 403);
}

TEST_CASE("bytes before their record stay in quarantine until it comes") {
  DistrictFixture fixture;
  Tablet tablet(fixture);
  Console console(fixture, "sun");
  const Photo photo = clean_photo(300'000);
  REQUIRE(create_upload(tablet, photo).status == 201);
  CHECK(send_rest(tablet, photo).status == 204);
  CHECK(console.get("/v1/attachments/" + to_string(photo.id) + "/content").status == 404);

  tablet.push({visit_with_photo(tablet, photo)});
  CHECK(pictures_of(console, fixture)[0]["state"] == "stored");
  CHECK(console.get("/v1/attachments/" + to_string(photo.id) + "/content").status == 200);
}

TEST_CASE("a photo with another hash, with a place in it or of no known kind is rejected and shown as such") {
  DistrictFixture fixture;
  Tablet tablet(fixture);
  Console console(fixture, "sun");
  Photo photo = clean_photo(100'000);
  std::string expected;
  Bytes sent = photo.content;
  SECTION("another hash") {
    sent[50'000] = static_cast<std::uint8_t>(sent[50'000] ^ 1);
    expected = "attachment.hash";
  }
  SECTION("a place in it") {
    photo.content = sent = jpeg_with_place(100'000);
    expected = "attachment.metadata";
  }
  SECTION("no known kind") {
    photo.content = sent = Bytes(1000, 7);
    expected = "media.unknown";
  }
  tablet.push({visit_with_photo(tablet, photo)});
  REQUIRE(create_upload(tablet, photo).status == 201);
  const RawAnswer answer = send_piece(tablet, photo, 0, sent);
  CHECK(answer.status == 422);
  CHECK(code_of(answer) == expected);
  const Json listed = pictures_of(console, fixture);
  CHECK(listed[0]["state"] == "rejected");
  CHECK(listed[0]["fault"] == expected);
  CHECK(ask_offset(tablet, photo).status == 422);

  // It may be sent again from the beginning.
  CHECK(offset_of(create_upload(tablet, photo)) == 0);
  if (expected == "attachment.hash") {
    CHECK(send_rest(tablet, photo).status == 204);
    CHECK(pictures_of(console, fixture)[0]["state"] == "stored");
  }
}

TEST_CASE("a photo that only a revoked tablet had is shown as lost, not as on its way") {
  DistrictFixture fixture;
  Tablet tablet(fixture);
  Console console(fixture, "sun");
  tablet.push({visit_with_photo(tablet, clean_photo(1'000))});
  CHECK(pictures_of(console, fixture)[0]["state"] == "pending");
  REQUIRE(fixture.command({"device", "revoke", "--id", to_string(tablet.device)}).first == 0);
  CHECK(pictures_of(console, fixture)[0]["state"] == "lost");
}

TEST_CASE("what arrived of a piece before the connection was cut is kept") {
  DistrictFixture fixture;
  Tablet tablet(fixture);
  const Photo photo = clean_photo(300'000);
  tablet.push({visit_with_photo(tablet, photo)});
  REQUIRE(create_upload(tablet, photo).status == 201);
  const ByteView piece = ByteView(photo.content).first(media::kChunkBytes);
  constexpr std::size_t kMissing = 62'144;
  const auto check_completes_from = [&](std::size_t offset) {
    CHECK(send_rest(tablet, photo, offset).status == 204);
    CHECK(offset_of(ask_offset(tablet, photo)) == photo.content.size());
  };

  SECTION("with a right signature") {
    const std::string request = piece_request(tablet, photo, 0, piece);
    RawClient client = fixture.connect();
    REQUIRE(client.send(request.substr(0, request.size() - kMissing)));
    // The district has read to the end when it closes too.
    client.end_sending();
    client.closed();
    const std::size_t offset = wait_for_offset(tablet, photo);
    CHECK(offset == media::kChunkBytes - kMissing);
    check_completes_from(offset);
  }
  SECTION("and the link vanished without a word") {
    const std::string request = piece_request(tablet, photo, 0, piece);
    RawClient client = fixture.connect();
    REQUIRE(client.send(request.substr(0, request.size() - kMissing)));
    const std::size_t offset = wait_for_offset(tablet, photo);
    CHECK(offset > 0);
    CHECK(offset <= media::kChunkBytes - kMissing);
    check_completes_from(offset);
  }
  SECTION("not with a wrong one") {
    std::string request = piece_request(tablet, photo, 0, piece);
    const auto signature = request.find("doudi-signature: ") + 20;
    request[signature] = request[signature] == 'A' ? 'B' : 'A';
    {
      RawClient client = fixture.connect();
      REQUIRE(client.send(request.substr(0, request.size() - kMissing)));
    }
    CHECK(send_rest(tablet, photo).status == 204);
  }
}

TEST_CASE("pieces sent at the same time are stored once") {
  DistrictFixture fixture;
  Tablet tablet(fixture);
  const Photo photo = clean_photo(200'000);
  tablet.push({visit_with_photo(tablet, photo)});
  REQUIRE(create_upload(tablet, photo).status == 201);
  const ByteView piece = ByteView(photo.content).first(100'000);
  std::vector<std::string> requests;
  for (int i = 0; i < 4; ++i) requests.push_back(piece_request(tablet, photo, 0, piece));
  std::vector<RawClient> clients;
  for (int i = 0; i < 4; ++i) clients.push_back(fixture.connect());
  for (std::size_t i = 0; i < 4; ++i) REQUIRE(clients[i].send(requests[i]));
  int taken = 0;
  for (auto& client : clients) {
    const auto answer = client.read_answer();
    REQUIRE(answer.has_value());
    if (answer->status == 204)
      ++taken;
    else
      CHECK(answer->status == 409);
  }
  CHECK(taken == 1);
  CHECK(offset_of(ask_offset(tablet, photo)) == 100'000);
  CHECK(send_rest(tablet, photo, 100'000).status == 204);
}

TEST_CASE("a stored photo changed on the disk is not shown") {
  DistrictFixture fixture;
  Tablet tablet(fixture);
  Console console(fixture, "sun");
  const Photo photo = clean_photo(100'000);
  tablet.push({visit_with_photo(tablet, photo)});
  REQUIRE(create_upload(tablet, photo).status == 201);
  REQUIRE(send_rest(tablet, photo).status == 204);
  const std::string name = to_hex(photo.id.view());
  const auto file = fixture.folder() / "data" / "attachments" / name.substr(name.size() - 2) / name;
  REQUIRE(std::filesystem::exists(file));
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekp(70'000);
  stream.put('x');
  stream.close();
  CHECK(console.get("/v1/attachments/" + to_string(photo.id) + "/content").status == 500);
}

}  // namespace doudi::test
