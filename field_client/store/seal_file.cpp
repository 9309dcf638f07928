#include "field_client/store/seal_file.hpp"

#include "field_client/store/durable_file.hpp"
#include "shared/crypto/crypto.hpp"

namespace doudi::field {
namespace {

constexpr std::string_view kMagic = "DSEAL1";
constexpr std::size_t kBodyBytes = 6 + 8 + 32;

Bytes body_of(const SealPoint& point) {
  Bytes body = to_bytes(as_bytes(kMagic));
  for (int shift = 56; shift >= 0; shift -= 8)
    body.push_back(static_cast<std::uint8_t>(point.number >> shift));
  body.insert(body.end(), point.hash.begin(), point.hash.end());
  return body;
}

}  // namespace

SealFile::SealFile(std::filesystem::path file, const Secret& data_key)
    : file_(std::move(file)), key_(crypto::hkdf_sha256(data_key.view(), {}, "doudi field seal 1", 32)) {}

Result<std::optional<SealPoint>> SealFile::read() const {
  auto content = read_small_file(file_);
  if (!content.ok()) {
    if (content.error().code == "file.missing") return std::optional<SealPoint>{};
    return content.error();
  }
  const Error forged{"store.seal_forged", "the seal file is damaged or was not written by this tablet"};
  if (content->size() != kBodyBytes + 32) return forged;
  const ByteView body = ByteView(*content).first(kBodyBytes);
  const auto expected = crypto::hmac_sha256(key_.view(), body);
  if (!equal_constant_time(expected, ByteView(*content).subspan(kBodyBytes))) return forged;
  if (as_text(body.first(kMagic.size())) != kMagic) return forged;
  SealPoint point;
  for (std::size_t i = 0; i < 8; ++i) point.number = point.number << 8U | body[kMagic.size() + i];
  std::copy(body.begin() + 14, body.end(), point.hash.begin());
  return std::optional<SealPoint>{point};
}

Status SealFile::write(const SealPoint& point) const {
  Bytes content = body_of(point);
  const auto code = crypto::hmac_sha256(key_.view(), content);
  content.insert(content.end(), code.begin(), code.end());
  return write_durably(file_, content);
}

SealState compare_seal(const SealPoint& store, const std::optional<SealPoint>& seal) {
  if (!seal) return store.number <= 1 ? SealState::store_ahead : SealState::data_lost;
  if (*seal == store) return SealState::in_step;
  return store.number > seal->number ? SealState::store_ahead : SealState::data_lost;
}

}  // namespace doudi::field
