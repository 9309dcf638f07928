// The sync sign tells what is true on the disk first and what the network does second.
#include <algorithm>
#include <array>

#include "field_client/client/parts.hpp"
#include "field_client/rescue/rescue.hpp"

namespace doudi::field {
namespace {

struct Reason {
  std::string_view code;
  std::string_view zh;
  std::string_view en;
};
constexpr std::array kReasons{
    Reason{"net.unreachable", "没有网络，记录已存在平板里", "No network; records are safe on this tablet"},
    Reason{"net.timeout", "网络太慢，稍后自动重试", "The network is too slow; it will be tried again"},
    Reason{"server.busy", "区里服务器正忙，稍后自动重试", "The district is busy; it will be tried again"},
    Reason{"auth.revoked", "这台平板已被停用，请联系区民政局",
           "This tablet was revoked; call the district office"},
    Reason{"auth.unknown_device", "区里不认识这台平板：请向区民政局要登记码重新登记。记录都还在",
           "The district does not know this tablet: ask the office for a code and enrol again. Records are "
           "safe"},
    Reason{"auth.signature", "区里拒绝了这台平板的签名", "The district refused this tablet's signature"},
    Reason{"store.damaged", "平板的数据有损坏，点这里修复。没坏的记录都会留下",
           "The store is damaged: press here to rescue it. What is sound is kept"},
    Reason{"sync.schema_old", "平板程序太旧：请更新。记录都在平板里，照常工作，更新后自动上传",
           "This program is too old: update it. Records are safe here; work goes on and is sent afterwards"},
    Reason{"sync.schema_new", "平板程序比区里新：区里要先更新服务器。记录都在平板里，照常工作",
           "This program is too new for the district, which has to update. Records are safe; work goes on"},
    Reason{"sync.refused", "有记录被区里暂存，请查看", "The district set some records aside; please look"},
    Reason{"sync.waiting", "等待上传", "Waiting to be sent"},
    Reason{"sync.attachments", "记录已上传，照片和录音待传",
           "Records were sent; photos and recordings follow"},
    Reason{"sync.never", "还没有同步过", "Never synced yet"},
    Reason{"sync.running", "正在同步", "Syncing"},
    Reason{"sync.done", "全部已上传", "Everything was sent"},
};

void set_reason(Chip& chip, const std::string& code) {
  chip.reason_code = code;
  const auto* at = std::find_if(kReasons.begin(), kReasons.end(),
                                [&](const Reason& reason) { return reason.code == code; });
  chip.reason = at == kReasons.end() ? "同步没有完成，稍后自动重试" : at->zh;
  chip.reason_en = at == kReasons.end() ? "The sync did not finish; it will be tried again" : at->en;
}

bool is_working(sync::Phase phase) {
  return phase == sync::Phase::greeting || phase == sync::Phase::pushing_emergency ||
         phase == sync::Phase::pushing || phase == sync::Phase::pulling || phase == sync::Phase::comparing;
}

// Trying again does not mend it.
bool asks_for_a_person(const std::string& failure) {
  static constexpr std::array<std::string_view, 5> kCodes{
      "auth.revoked", "auth.unknown_device", "sync.schema_old", "sync.schema_new", "store.damaged"};
  return std::find(kCodes.begin(), kCodes.end(), failure) != kCodes.end();
}

}  // namespace

Chip unreadable_chip(const Error& error) {
  Chip chip;
  chip.state = ChipState::attention;
  set_reason(chip, told_as_damage(error).code);
  return chip;
}

std::string_view to_string(ChipState state) {
  switch (state) {
    case ChipState::synced:
      return "synced";
    case ChipState::unsent:
      return "unsent";
    case ChipState::syncing:
      return "syncing";
    case ChipState::offline:
      return "offline";
    case ChipState::never:
      return "never";
    case ChipState::attention:
      return "attention";
  }
  return "unsent";
}

std::string_view to_string(Sent sent) {
  switch (sent) {
    case Sent::unsent:
      return "unsent";
    case Sent::sent:
      return "sent";
    case Sent::conflict:
      return "conflict";
    case Sent::returned:
      return "returned";
  }
  return "unsent";
}

Chip make_chip(const UnsentCount& unsent, const std::optional<Instant>& last_success, bool attention,
               const std::optional<SyncStatus>& sync, Instant now, std::int64_t attachments_waiting) {
  Chip chip;
  chip.attachments_waiting = attachments_waiting;
  chip.unsent = unsent.groups;
  chip.emergency_unsent = unsent.emergencies;
  if (unsent.oldest_ms) chip.oldest_unsent_at = Instant{*unsent.oldest_ms};
  if (unsent.oldest_ms)
    chip.oldest_age_min = std::max<std::int64_t>(0, (now.ms - *unsent.oldest_ms) / 60'000);
  chip.last_success_at = last_success;
  const std::string failure = sync ? told_as_damage(sync->error).code : std::string();
  if (attention || asks_for_a_person(failure)) {
    chip.state = ChipState::attention;
    set_reason(chip, asks_for_a_person(failure) ? failure : "sync.refused");
  } else if (!failure.empty()) {
    chip.state = ChipState::offline;
    set_reason(chip, failure);
  } else if (sync && is_working(sync->phase)) {
    chip.state = ChipState::syncing;
    set_reason(chip, "sync.running");
  } else if (chip.unsent > 0 || attachments_waiting > 0) {
    chip.state = ChipState::unsent;
    set_reason(chip, chip.unsent > 0 ? "sync.waiting" : "sync.attachments");
  } else {
    chip.state = last_success ? ChipState::synced : ChipState::never;
    set_reason(chip, last_success ? "sync.done" : "sync.never");
  }
  return chip;
}

}  // namespace doudi::field
