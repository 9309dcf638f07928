#include "shared/media/media.hpp"

#include <algorithm>
#include <array>

#include "shared/media/formats.hpp"

namespace doudi::media {
namespace {

using Strip = Result<Bytes> (*)(ByteView);

struct Known {
  std::string_view signature;
  Format format;
  Strip strip;
};
constexpr std::array kKnown{
    Known{"\xff\xd8\xff", {"photo", "image/jpeg"}, strip_jpeg},
    Known{"\x89PNG\r\n\x1a\n", {"photo", "image/png"}, strip_png},
    Known{"\x1a\x45\xdf\xa3", {"voice", "audio/webm"}, strip_webm},
};

const Known* find(ByteView content) {
  const auto* at = std::find_if(kKnown.begin(), kKnown.end(), [&](const Known& known) {
    return as_text(content).starts_with(known.signature);
  });
  return at == kKnown.end() ? nullptr : at;
}

}  // namespace

std::optional<Format> recognise(ByteView content) {
  const Known* known = find(content);
  return known == nullptr ? std::nullopt : std::optional(known->format);
}

Result<Bytes> without_metadata(ByteView content) {
  if (content.size() > kBytesMax)
    return Error{"media.too_large", "文件超过 8 MiB，请缩小后再选 / The file is larger than 8 MiB"};
  const Known* known = find(content);
  if (known == nullptr)
    return Error{"media.unknown",
                 "只收 JPEG、PNG 照片和 WebM 录音 / Only JPEG and PNG photos and WebM recordings are taken"};
  return known->strip(content);
}

}  // namespace doudi::media
