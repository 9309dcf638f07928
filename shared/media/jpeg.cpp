// A JPEG is a row of segments. Kept are those that make the picture; EXIF, XMP, profiles, comments, embedded
// thumbnails and whatever follows the end of the picture (second pictures, maker's trailers) are not.
#include <string_view>

#include "shared/media/formats.hpp"

namespace doudi::media {
namespace {

constexpr std::uint8_t kEndOfImage = 0xd9;
constexpr std::uint8_t kStartOfScan = 0xda;
constexpr std::uint8_t kJfif = 0xe0;
constexpr std::uint8_t kAdobe = 0xee;
constexpr std::size_t kJfifBytes = 14;   // without a thumbnail
constexpr std::size_t kAdobeBytes = 12;  // says how the colours are stored

bool is_frame_or_table(std::uint8_t marker) {
  return (marker >= 0xc0 && marker <= 0xcf) || (marker >= kStartOfScan && marker <= 0xdf);
}

bool is_kept(std::uint8_t marker, ByteView payload) {
  const std::string_view text = as_text(payload);
  if (marker == kJfif) return payload.size() == kJfifBytes && text.starts_with(std::string_view("JFIF\0", 5));
  if (marker == kAdobe) return payload.size() == kAdobeBytes && text.starts_with("Adobe");
  return is_frame_or_table(marker);
}

bool is_restart(std::uint8_t marker) {
  return marker >= 0xd0 && marker <= 0xd7;
}

class Walk {
 public:
  explicit Walk(ByteView content) : content_(content) {}

  Result<Bytes> run() {
    out_.reserve(content_.size());
    append(out_, content_.first(2));
    at_ = 2;
    while (true) {
      DOUDI_ASSIGN(const std::uint8_t marker, next_marker());
      if (marker == kEndOfImage) break;
      DOUDI_TRY(take_segment(marker));
      if (marker == kStartOfScan) take_scan();
    }
    if (!scanned_) return damaged("the picture has no content");
    out_.insert(out_.end(), {0xff, kEndOfImage});
    return std::move(out_);
  }

 private:
  // Fill bytes before a marker are dropped.
  Result<std::uint8_t> next_marker() {
    if (at_ >= content_.size() || content_[at_] != 0xff) return damaged("a marker is missing");
    while (at_ < content_.size() && content_[at_] == 0xff) ++at_;
    if (at_ >= content_.size()) return damaged("the picture ends early");
    const std::uint8_t marker = content_[at_++];
    if (marker < 0xc0 || is_restart(marker) || marker == 0xd8) return damaged("a marker is out of place");
    return marker;
  }

  Status take_segment(std::uint8_t marker) {
    if (content_.size() - at_ < 2) return damaged("the picture ends early");
    const std::size_t length = static_cast<std::size_t>(content_[at_] << 8 | content_[at_ + 1]);
    if (length < 2 || length > content_.size() - at_) return damaged("a segment is cut");
    const ByteView segment = content_.subspan(at_, length);
    at_ += length;
    if (!is_kept(marker, segment.subspan(2))) return {};
    out_.insert(out_.end(), {0xff, marker});
    append(out_, segment);
    return {};
  }

  // Coded bytes up to the next real marker: a zero after 0xff is a stuffed byte, a restart belongs to the
  // scan.
  void take_scan() {
    const std::size_t start = at_;
    while (at_ < content_.size()) {
      const bool escape = content_[at_] == 0xff && at_ + 1 < content_.size();
      if (escape && content_[at_ + 1] != 0 && !is_restart(content_[at_ + 1])) break;
      at_ += escape ? 2 : 1;
    }
    scanned_ = scanned_ || at_ > start;
    append(out_, content_.subspan(start, at_ - start));
  }

  ByteView content_;
  std::size_t at_ = 0;
  bool scanned_ = false;
  Bytes out_;
};

}  // namespace

Result<Bytes> strip_jpeg(ByteView content) {
  return Walk(content).run();
}

}  // namespace doudi::media
