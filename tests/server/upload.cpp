#include "tests/server/upload.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "shared/media/media.hpp"
#include "shared/wire/tus.hpp"
#include "tests/support/media_samples.hpp"

namespace doudi::test {
namespace {

const std::string kTus = "Tus-Resumable: 1.0.0";

}  // namespace

Photo clean_photo(std::size_t scan_bytes, std::uint32_t seed) {
  return Photo{media::without_metadata(jpeg_with_place(scan_bytes, seed)).value()};
}

sync::Group visit_with_photo(Tablet& tablet, const Photo& photo, std::string_view grid_code,
                             std::string_view door) {
  const Uuid grid = tablet.fixture.id_of("grid", "code", grid_code);
  const Uuid household = tablet.fixture.id_of("household", "door", door);
  const Uuid visit = fresh_id();
  sync::Operation row{"attachment", photo.id, sync::OperationKind::insert, {}};
  const std::vector<std::pair<std::string, Value>> cells{
      {"grid", to_bytes(grid.view())},
      {"household", to_bytes(household.view())},
      {"visit", to_bytes(visit.view())},
      {"kind", std::string("photo")},
      {"media_type", std::string("image/jpeg")},
      {"sha256", photo.sha256()},
      {"bytes", static_cast<std::int64_t>(photo.content.size())},
      {"taken_at", tablet.fixture.district().now().ms}};
  for (const auto& [column, value] : cells) row.columns.push_back({column, Value{}, value});
  return tablet.group({visit_row(tablet, grid, household, visit), std::move(row)});
}

RawAnswer create_upload(Tablet& tablet, const Photo& photo, std::size_t announced_bytes) {
  const std::size_t bytes = announced_bytes == 0 ? photo.content.size() : announced_bytes;
  const std::vector<std::string> headers{
      kTus, "Upload-Length: " + std::to_string(bytes),
      "Upload-Metadata: " +
          wire::metadata_text({{"attachment", to_string(photo.id)}, {"sha256", photo.sha256()}})};
  return tablet.call("POST", wire::kUploadTarget, {}, headers);
}

RawAnswer ask_offset(Tablet& tablet, const Photo& photo) {
  return tablet.call("HEAD", photo.target(), {}, {kTus});
}

RawAnswer send_piece(Tablet& tablet, const Photo& photo, std::size_t offset, ByteView piece,
                     const std::string& checksum) {
  const std::string announced = checksum.empty() ? wire::checksum_text(crypto::sha256(piece)) : checksum;
  return tablet.call("PATCH", photo.target(), to_bytes(piece),
                     {kTus, "Content-Type: application/offset+octet-stream",
                      "Upload-Offset: " + std::to_string(offset), "Upload-Checksum: " + announced});
}

std::string piece_request(Tablet& tablet, const Photo& photo, std::size_t offset, ByteView piece) {
  return tablet.signed_call(
      "PATCH", photo.target(), as_text(piece), tablet.fetch_nonce(),
      {kTus, "Content-Type: application/offset+octet-stream", "Upload-Offset: " + std::to_string(offset),
       "Upload-Checksum: " + wire::checksum_text(crypto::sha256(piece))});
}

RawAnswer send_rest(Tablet& tablet, const Photo& photo, std::size_t offset) {
  RawAnswer answer;
  while (offset < photo.content.size()) {
    const ByteView rest = ByteView(photo.content).subspan(offset);
    const ByteView piece = rest.first(std::min(rest.size(), media::kChunkBytes));
    answer = send_piece(tablet, photo, offset, piece);
    if (answer.status != 204) break;
    offset += piece.size();
  }
  return answer;
}

std::size_t offset_of(const RawAnswer& answer) {
  return std::stoul(answer.header("upload-offset").value_or("999999999"));
}

}  // namespace doudi::test
