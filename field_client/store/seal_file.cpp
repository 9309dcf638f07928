#include "field_client/store/seal_file.hpp"

#include "shared/crypto/crypto.hpp"

namespace doudi::field {
namespace {

constexpr std::string_view kMagic = "DSEAL1";
constexpr std::size_t kBodyBytes = 6 + 8 + 32;
constexpr std::size_t kCodeBytes = 32;
// Two slots written in turn, one disk sector each: a save costs one flush, and a torn write leaves the seal
// before it.
constexpr std::size_t kSlots = 2;
constexpr std::size_t kSlotBytes = 512;

Bytes body_of(const SealPoint& point) {
  Bytes body = to_bytes(as_bytes(kMagic));
  for (int shift = 56; shift >= 0; shift -= 8)
    body.push_back(static_cast<std::uint8_t>(point.number >> shift));
  body.insert(body.end(), point.hash.begin(), point.hash.end());
  return body;
}

std::size_t slot_of(const SealPoint& point) {
  return static_cast<std::size_t>(point.number % kSlots) * kSlotBytes;
}

}  // namespace

SealFile::SealFile(files::FileSystem& disk, std::filesystem::path file, const Secret& data_key)
    : disk_(disk),
      file_(std::move(file)),
      key_(crypto::hkdf_sha256(data_key.view(), {}, "doudi field seal 1", 32)) {}

Result<std::optional<SealPoint>> SealFile::read() const {
  auto content = files::read_small_file(disk_, file_);
  if (!content.ok()) {
    if (content.error().code == "file.missing") return std::optional<SealPoint>{};
    return content.error();
  }
  std::optional<SealPoint> newest;
  for (std::size_t at = 0; content->size() == kSlots * kSlotBytes && at < content->size(); at += kSlotBytes) {
    const auto point = open_slot(ByteView(*content).subspan(at, kSlotBytes));
    if (point && (!newest || point->number > newest->number)) newest = point;
  }
  if (newest) return newest;
  return Error{"store.seal_forged", "the seal file is damaged or was not written by this tablet"};
}

std::optional<SealPoint> SealFile::open_slot(ByteView slot) const {
  const ByteView body = slot.first(kBodyBytes);
  const auto expected = crypto::hmac_sha256(key_.view(), body);
  if (!equal_constant_time(expected, slot.subspan(kBodyBytes, kCodeBytes))) return std::nullopt;
  SealPoint point;
  for (std::size_t i = 0; i < 8; ++i) point.number = point.number << 8U | body[kMagic.size() + i];
  std::copy(body.begin() + 14, body.end(), point.hash.begin());
  return point;
}

Bytes SealFile::make_slot(const SealPoint& point) const {
  Bytes slot = body_of(point);
  const auto code = crypto::hmac_sha256(key_.view(), slot);
  slot.insert(slot.end(), code.begin(), code.end());
  slot.resize(kSlotBytes);
  return slot;
}

Status SealFile::write(const SealPoint& point) const {
  Bytes whole(kSlots * kSlotBytes);
  const Bytes slot = make_slot(point);
  std::copy(slot.begin(), slot.end(), whole.begin() + static_cast<std::ptrdiff_t>(slot_of(point)));
  return files::write_durably(disk_, file_, whole);
}

Status SealFile::advance(const SealPoint& point) const {
  const auto size = disk_.size(file_);
  if (!size.ok() || *size != kSlots * kSlotBytes) return write(point);
  return files::overwrite_durably(disk_, file_, slot_of(point), make_slot(point));
}

SealState compare_seal(const SealPoint& store, const std::optional<SealPoint>& seal) {
  if (!seal) return store.number <= 1 ? SealState::store_ahead : SealState::data_lost;
  if (*seal == store) return SealState::in_step;
  return store.number > seal->number ? SealState::store_ahead : SealState::data_lost;
}

}  // namespace doudi::field
