// One walker per format. Inside this layer only.
#pragma once

#include "shared/media/media.hpp"

namespace doudi::media {

Result<Bytes> strip_jpeg(ByteView content);
Result<Bytes> strip_png(ByteView content);
Result<Bytes> strip_webm(ByteView content);

inline Error damaged(const char* what) {
  return {"media.damaged", what};
}
inline void append(Bytes& out, ByteView bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

}  // namespace doudi::media
