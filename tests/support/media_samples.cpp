#include "tests/support/media_samples.hpp"

#include <string>

namespace doudi::test {
namespace {

void put(Bytes& out, std::string_view text) {
  const ByteView bytes = as_bytes(text);
  out.insert(out.end(), bytes.begin(), bytes.end());
}

void put_segment(Bytes& out, std::uint8_t marker, std::string_view payload) {
  const std::size_t length = payload.size() + 2;
  out.insert(out.end(),
             {0xff, marker, static_cast<std::uint8_t>(length >> 8U), static_cast<std::uint8_t>(length)});
  put(out, payload);
}

// A generator of its own, so that a sample is the same on every machine.
class Noise {
 public:
  explicit Noise(std::uint32_t seed) : state_(seed * 2654435761U + 1U) {}
  std::uint8_t next() {
    state_ = state_ * 1664525U + 1013904223U;
    return static_cast<std::uint8_t>(state_ >> 24U);
  }

 private:
  std::uint32_t state_;
};

void put_chunk(Bytes& out, std::string_view type, std::string_view payload) {
  for (unsigned shift = 32; shift > 0; shift -= 8)
    out.push_back(static_cast<std::uint8_t>(payload.size() >> (shift - 8U)));
  put(out, type);
  put(out, payload);
  put(out, "sum!");
}

std::string noise_text(std::size_t bytes, std::uint32_t seed) {
  Noise noise(seed);
  std::string text;
  for (std::size_t i = 0; i < bytes; ++i) text.push_back(static_cast<char>(noise.next()));
  return text;
}

void put_element(Bytes& out, std::string_view id, std::string_view payload) {
  put(out, id);
  out.push_back(0x08);
  for (unsigned shift = 32; shift > 0; shift -= 8)
    out.push_back(static_cast<std::uint8_t>(payload.size() >> (shift - 8U)));
  put(out, payload);
}

}  // namespace

Bytes jpeg_with_place(std::size_t scan_bytes, std::uint32_t seed) {
  const std::string marker = kPlaceMarker;
  Bytes out{0xff, 0xd8};
  put_segment(out, 0xe0, std::string("JFIF\0\1\1\0\0\1\0\1\0\0", 14));
  put_segment(out, 0xe1, std::string("Exif\0\0", 6) + marker);
  put_segment(out, 0xe1, "http://ns.adobe.com/xap/1.0/" + marker);
  put_segment(out, 0xe2, "MPF" + marker);
  put_segment(out, 0xfe, marker);
  put_segment(out, 0xdb, std::string(65, '\1'));
  put_segment(out, 0xc0, std::string("\x08\x00\x10\x00\x10\x01\x01\x11\x00", 9));
  put_segment(out, 0xc4, std::string(28, '\0'));
  put_segment(out, 0xda, std::string("\x01\x01\x00\x00\x3f\x00", 6));
  Noise noise(seed);
  for (std::size_t i = 0; i < scan_bytes; ++i) {
    out.push_back(noise.next());
    if (out.back() == 0xff) out.push_back(0);
  }
  out.insert(out.end(), {0xff, 0xd9, 0xff, 0xd8, 0xff, 0xe1});
  put(out, marker);
  return out;
}

Bytes png_with_place(std::size_t content_bytes) {
  Bytes out;
  put(out, "\x89PNG\r\n\x1a\n");
  put_chunk(out, "IHDR", std::string(13, '\1'));
  put_chunk(out, "eXIf", kPlaceMarker);
  put_chunk(out, "tEXt", std::string("Comment\0", 8) + kPlaceMarker);
  put_chunk(out, "IDAT", noise_text(content_bytes, 3));
  put_chunk(out, "IEND", "");
  put(out, kPlaceMarker);
  return out;
}

Bytes webm_with_place(std::size_t content_bytes) {
  Bytes out;
  put_element(out, "\x1a\x45\xdf\xa3", std::string("\x42\x82\x84") + "webm");
  put(out, std::string("\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff"));
  put_element(out, "\x15\x49\xa9\x66", std::string("\x7b\xa9\x96") + kPlaceMarker);
  put_element(out, "\x12\x54\xc3\x67", kPlaceMarker);
  put(out, std::string("\x1f\x43\xb6\x75\x01\xff\xff\xff\xff\xff\xff\xff"));
  put_element(out, "\xa3", noise_text(content_bytes, 5));
  return out;
}

}  // namespace doudi::test
