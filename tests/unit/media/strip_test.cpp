// Nothing but the picture or the sound leaves a tablet: the same bytes without place, device, time, comment.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "shared/media/media.hpp"
#include "tests/support/media_samples.hpp"

namespace doudi::test {
namespace {

bool holds(const Bytes& content, std::string_view text) {
  return as_text(content).find(text) != std::string_view::npos;
}

std::size_t segments(const Bytes& jpeg, int marker) {
  const std::string wanted{'\xff', static_cast<char>(marker)};
  std::size_t count = 0;
  for (std::size_t at = 0; (at = as_text(jpeg).find(wanted, at)) != std::string_view::npos; ++at) ++count;
  return count;
}

Bytes sample(int number) {
  if (number == 0) return jpeg_with_place(3000);
  return number == 1 ? png_with_place(3000) : webm_with_place(3000);
}

}  // namespace

TEST_CASE("a photo or recording keeps its content and loses its place") {
  const int number = GENERATE(0, 1, 2);
  const Bytes taken = sample(number);
  REQUIRE(holds(taken, kPlaceMarker));
  const auto kept = media::without_metadata(taken);
  REQUIRE(kept.ok());
  CHECK_FALSE(holds(*kept, kPlaceMarker));
  CHECK(kept->size() >= 3000);
  CHECK(kept->size() <= taken.size());
  const auto again = media::without_metadata(*kept);
  REQUIRE(again.ok());
  CHECK(*again == *kept);
}

TEST_CASE("a JPEG keeps tables, frame and scan, and no application data but JFIF") {
  const Bytes taken = jpeg_with_place(5000);
  const Bytes kept = media::without_metadata(taken).value();
  CHECK(segments(kept, 0xe0) == 1);
  for (const int marker : {0xe1, 0xe2, 0xfe}) CHECK(segments(kept, marker) == 0);
  for (const int marker : {0xd8, 0xdb, 0xc0, 0xc4, 0xda, 0xd9}) CHECK(segments(kept, marker) == 1);
  const auto scan = std::search(taken.begin(), taken.end(), kept.end() - 200, kept.end() - 2);
  CHECK(scan != taken.end());
}

TEST_CASE("formats are told by content, not by name") {
  CHECK(media::recognise(jpeg_with_place(10))->media_type == "image/jpeg");
  CHECK(media::recognise(png_with_place(10))->media_type == "image/png");
  CHECK(media::recognise(webm_with_place(10))->kind == "voice");
  CHECK_FALSE(media::recognise(as_bytes("GIF89a")).has_value());
  CHECK_FALSE(media::recognise({}).has_value());
  CHECK(media::without_metadata(as_bytes("%PDF-1.7")).error().code == "media.unknown");
}

TEST_CASE("a file that ends early or is too large is refused") {
  const int number = GENERATE(0, 1, 2);
  const Bytes whole = media::without_metadata(sample(number)).value();
  for (std::size_t cut = 1; cut < whole.size(); cut += cut < 400 ? 1 : 97) {
    const auto result = media::without_metadata(ByteView(whole).first(cut));
    // A WebM without size may end between two elements and is whole; the others say where they end.
    if (result.ok()) CHECK(number == 2);
  }
  Bytes large = sample(number);
  large.resize(media::kBytesMax + 1);
  CHECK(media::without_metadata(large).error().code == "media.too_large");
}

TEST_CASE("hostile lengths are refused") {
  Bytes jpeg{0xff, 0xd8, 0xff, 0xe1, 0xff, 0xff, 0x00};
  CHECK(media::without_metadata(jpeg).error().code == "media.damaged");
  Bytes backwards{0xff, 0xd8, 0xff, 0xe1, 0x00, 0x01, 0xff, 0xd9};
  CHECK(media::without_metadata(backwards).error().code == "media.damaged");
  Bytes png = png_with_place(10);
  png[8] = 0xff;
  CHECK(media::without_metadata(png).error().code == "media.damaged");
  Bytes webm = webm_with_place(10);
  webm.resize(webm.size() - 1);
  CHECK(media::without_metadata(webm).error().code == "media.damaged");
}

}  // namespace doudi::test
