#include "field_client/work/labels.hpp"

#include <array>
#include <utility>

namespace doudi::field {
namespace {

using Entry = std::pair<std::string_view, std::string_view>;

constexpr std::array kTags{
    Entry{"dibao", "低保"},
    Entry{"dibao_single", "单人低保"},
    Entry{"tekun", "特困"},
    Entry{"tekun_home_care", "分散供养特困"},
    Entry{"tekun_central_care", "集中供养特困"},
    Entry{"low_income_edge", "低保边缘"},
    Entry{"low_income", "低收入"},
    Entry{"rigid_spending", "刚性支出困难"},
    Entry{"registered_poor", "建档立卡"},
    Entry{"monitored", "监测对象"},
    Entry{"left_behind_child", "留守儿童"},
    Entry{"left_behind_woman", "留守妇女"},
    Entry{"left_behind_elder", "留守老人"},
    Entry{"orphan", "孤儿"},
    Entry{"de_facto_unsupported", "事实无人抚养儿童"},
    Entry{"child_in_difficulty", "困境儿童"},
    Entry{"severe_disability", "重度残疾"},
    Entry{"disability", "残疾"},
    Entry{"lives_alone", "独居"},
    Entry{"empty_nest", "空巢"},
    Entry{"elder", "高龄"},
    Entry{"disabled_elder", "失能老人"},
    Entry{"daily_check", "每日探访"},
    Entry{"weekly_check", "每周探访"},
    Entry{"severe_illness", "重病"},
    Entry{"power_dependent_device", "依赖电力设备"},
    Entry{"veteran", "优抚"},
    Entry{"very_old", "高龄"},
    Entry{"dibao_margin", "低保边缘"},
    Entry{"elderly_couple", "老年夫妇"},
    Entry{"left_behind", "留守"},
    Entry{"serious_illness", "重病"},
    Entry{"hardship_spending", "支出型困难"},
    Entry{"special_family", "计生特殊家庭"},
};

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

}  // namespace

std::string tag_label(std::string_view tag) {
  return look_up(kTags, tag);
}
std::string lead_state_text(std::string_view state) {
  return look_up(kStates, state);
}
std::string outcome_text(std::string_view outcome) {
  return look_up(kOutcomes, outcome);
}

}  // namespace doudi::field
