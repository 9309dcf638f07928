#include "field_client/store/seal_file.hpp"

#include <algorithm>

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

// The number again, inverted, at the end of the slot: one flipped bit cannot make a slot look older.
constexpr std::size_t kNumberBytes = 8;
constexpr std::size_t kSecondNumberAt = kSlotBytes - kNumberBytes;

void put_number(std::span<std::uint8_t> out, std::size_t at, std::uint64_t number) {
  for (std::size_t i = 0; i < kNumberBytes; ++i)
    out[at + i] = static_cast<std::uint8_t>(number >> (8 * (kNumberBytes - 1 - i)));
}

std::uint64_t number_at(ByteView bytes, std::size_t at) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < kNumberBytes; ++i) number = number << 8U | bytes[at + i];
  return number;
}

// Of a slot that cannot be opened, beside one that can: empty and older ones are harmless.
bool may_be_newer(ByteView slot, const SealPoint& opened) {
  if (std::all_of(slot.begin(), slot.end(), [](std::uint8_t byte) { return byte == 0; })) return false;
  const std::uint64_t older = opened.number - 1;
  return number_at(slot, kMagic.size()) != older || number_at(slot, kSecondNumberAt) != ~older;
}

Bytes body_of(const SealPoint& point) {
  Bytes body = to_bytes(as_bytes(kMagic));
  body.resize(body.size() + kNumberBytes);
  put_number(body, kMagic.size(), point.number);
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

Result<std::optional<SealReading>> SealFile::read() const {
  auto content = files::read_small_file(disk_, file_);
  if (!content.ok()) {
    if (content.error().code == "file.missing") return std::optional<SealReading>{};
    return content.error();
  }
  if (content->size() == kSlots * kSlotBytes) {
    const ByteView first = ByteView(*content).first(kSlotBytes);
    const ByteView second = ByteView(*content).subspan(kSlotBytes);
    const auto one = open_slot(first);
    const auto other = open_slot(second);
    if (one && other) return std::optional(SealReading{one->number > other->number ? *one : *other, false});
    if (one) return std::optional(SealReading{*one, may_be_newer(second, *one)});
    if (other) return std::optional(SealReading{*other, may_be_newer(first, *other)});
  }
  return Error{"store.seal_forged", "the seal file is damaged or was not written by this tablet"};
}

std::optional<SealPoint> SealFile::open_slot(ByteView slot) const {
  const ByteView body = slot.first(kBodyBytes);
  const auto expected = crypto::hmac_sha256(key_.view(), body);
  if (!equal_constant_time(expected, slot.subspan(kBodyBytes, kCodeBytes))) return std::nullopt;
  SealPoint point;
  point.number = number_at(body, kMagic.size());
  std::copy(body.begin() + 14, body.end(), point.hash.begin());
  return point;
}

Bytes SealFile::make_slot(const SealPoint& point) const {
  Bytes slot = body_of(point);
  const auto code = crypto::hmac_sha256(key_.view(), slot);
  slot.insert(slot.end(), code.begin(), code.end());
  slot.resize(kSlotBytes);
  put_number(slot, kSecondNumberAt, ~point.number);
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

SealState compare_seal(const SealPoint& store, const std::optional<SealReading>& seal) {
  if (seal && seal->newer_unreadable && store.number <= seal->number) return SealState::data_lost;
  if (!seal) return store.number <= 1 ? SealState::store_ahead : SealState::data_lost;
  if (*seal == store) return SealState::in_step;
  return store.number > seal->number ? SealState::store_ahead : SealState::data_lost;
}

}  // namespace doudi::field
