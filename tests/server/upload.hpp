// Resumable uploads as a tablet makes them, one request at a time, so that a test can get each of them wrong.
#pragma once

#include "tests/server/tablet.hpp"

namespace doudi::test {

struct Photo {
  Bytes content;
  Uuid id = fresh_id();
  [[nodiscard]] std::string sha256() const { return to_hex(crypto::sha256(content)); }
  [[nodiscard]] std::string target() const { return "/v1/attachments/" + to_string(id); }
};
// Without metadata, as a tablet would send it.
Photo clean_photo(std::size_t scan_bytes, std::uint32_t seed = 1);

// A visit with the photo, as one group.
sync::Group visit_with_photo(Tablet& tablet, const Photo& photo, std::string_view grid_code = kFirstGrid,
                             std::string_view door = "3号楼 2门 501");

RawAnswer create_upload(Tablet& tablet, const Photo& photo, std::size_t announced_bytes = 0);
RawAnswer ask_offset(Tablet& tablet, const Photo& photo);
RawAnswer send_piece(Tablet& tablet, const Photo& photo, std::size_t offset, ByteView piece,
                     const std::string& checksum = {});
// The bytes of a PATCH as signed, for tests that cut them.
std::string piece_request(Tablet& tablet, const Photo& photo, std::size_t offset, ByteView piece);
// Every piece from `offset`; the last answer.
RawAnswer send_rest(Tablet& tablet, const Photo& photo, std::size_t offset = 0);
std::size_t offset_of(const RawAnswer& answer);

}  // namespace doudi::test
