// The categories of leads and the sentences shown with them.
#include <array>
#include <utility>

#include "shared/domain/triage.hpp"

namespace doudi::domain {

const std::vector<CategoryInfo>& categories() {
  static const std::vector<CategoryInfo> kCategories{
      {"急难·断粮", "R01", 1, false},     {"生活困难", "R02", 2, false},
      {"急难·突发事件", "R03", 1, false}, {"突发事件", "R04", 2, false},
      {"急难·急病", "R05", 1, false},     {"支出型·医疗", "R06", 2, false},
      {"急难·断水电暖", "R07", 1, false}, {"水电", "R08", 2, false},
      {"急难·住房", "R09", 1, false},     {"住房", "R10", 2, false},
      {"急难·无人照料", "R11", 1, false}, {"照料", "R12", 2, false},
      {"建议集中供养", "R13", 2, false},  {"急难·人身安全", "R14", 1, true},
      {"收入骤减", "R15", 2, false},      {"教育", "R17", 2, false},
      {"待遇未发", "R18", 2, false},      {"应保未保", "R19", 2, false},
      {"残疾证", "R20", 2, false},        {"急难·精神", "R21", 1, true},
      {"服务需求", "R22", 2, false},      {"保障缺口", "R23", 2, false},
      {"失联核查", "R24", 2, false}};
  return kCategories;
}

std::string_view hint_text(std::string_view code) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 17> kHints{{
      {"food_now", "先解决今天的饭，可以先行救助"},
      {"call_120", "立即拨打120"},
      {"refer_medical", "转介医保部门"},
      {"move_out", "先让人离开危险房屋"},
      {"refer_housing", "转介住建部门"},
      {"central_care", "建议集中供养，须征求本人意愿"},
      {"mandatory_report", "强制报告：立即拨打110和值班电话，资料仅限授权人员查看"},
      {"income_report", "登记收入变化，核对渐退条件"},
      {"refer_education", "转介教育部门"},
      {"benefit_stopped_check", "核查是否脱保"},
      {"not_enrolled_check", "核查是否应保未保"},
      {"refer_disability", "转介残联"},
      {"refer_health_police", "联系卫健部门，必要时拨打110"},
      {"refer_social_work", "转介社工站"},
      {"find_person", "联系家属、邻居和派出所"},
      {"status_change_deceased", "停止走访任务，核对待遇"},
      {"status_change_moved", "停止走访任务，核对待遇并办理移交"},
  }};
  for (const auto& [known, text] : kHints) {
    if (known == code) return text;
  }
  return {};
}

}  // namespace doudi::domain
