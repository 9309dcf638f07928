#include "field_client/work/labels.hpp"

#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "field_client/store/embedded.hpp"

namespace doudi::field {
namespace {

using Entry = std::pair<std::string_view, std::string_view>;

constexpr std::array kStates{
    Entry{"draft", "草稿"},      Entry{"queued", "待上传"},  Entry{"reported", "已上报"},
    Entry{"returned", "被退回"}, Entry{"merged", "已并入"},  Entry{"rejected", "不予立案"},
    Entry{"accepted", "已受理"}, Entry{"watch", "继续关注"},
};

constexpr std::array kOutcomes{
    Entry{"met", "见到本人"},     Entry{"family_met", "见到家人"}, Entry{"nobody", "未见到人"},
    Entry{"refused", "拒绝走访"}, Entry{"hospital", "住院"},       Entry{"away", "外出"},
    Entry{"moved", "已搬离"},     Entry{"deceased", "已去世"},
};

template <std::size_t N>
std::string look_up(const std::array<Entry, N>& entries, std::string_view code) {
  for (const auto& [known, text] : entries)
    if (known == code) return std::string(text);
  return std::string(code);
}

// The file was checked when the program was built: it is part of it.
std::map<std::string, std::string, std::less<>> tag_words() {
  std::map<std::string, std::string, std::less<>> words;
  const auto document = nlohmann::json::parse(embedded::kWords);
  for (const auto& [code, word] : document.at("tags").items()) words[code] = word.at("zh");
  return words;
}

}  // namespace

std::string tag_label(std::string_view tag) {
  static const std::map<std::string, std::string, std::less<>> words = tag_words();
  const auto found = words.find(tag);
  return found == words.end() ? std::string(tag) : found->second;
}
std::string lead_state_text(std::string_view state) {
  return look_up(kStates, state);
}
std::string outcome_text(std::string_view outcome) {
  return look_up(kOutcomes, outcome);
}

}  // namespace doudi::field
