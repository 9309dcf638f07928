// Every key a pack may carry, with its type and bounds (domain.md 1.6). A key that is not here is refused at
// load.
#include <algorithm>
#include <array>

#include "shared/domain/policy.hpp"

namespace doudi::domain {
namespace {

using Kind = ParameterKind;

constexpr std::array<ParameterSpec, 96> kSpecs{{
    {"approval.delegate_limit", Kind::integer, 0, 100'000'000, "", "fen", "委托镇街审批的单次救助金额上限"},
    {"approval.delegate_mode", Kind::text, 0, 0, "any|all", "", "急难型与限额以下：任一满足或同时满足"},
    {"care.four_haves", Kind::boolean, 0, 0, "", "", "分散供养“四有”检查"},
    {"care.staff_ratio", Kind::integer, 1, 100, "", "residents", "一名护理员照料的人数上限"},
    {"clock.acceptance.grade1_hours", Kind::integer, 1, 240, "", "hours", "一级受理时限"},
    {"clock.acceptance.grade2_workdays", Kind::integer, 1, 60, "", "workdays", "二级受理时限"},
    {"clock.close_out_check.grade1_workdays", Kind::integer, 1, 60, "", "workdays", "一级销号核查时限"},
    {"clock.close_out_check.grade2_workdays", Kind::integer, 1, 60, "", "workdays", "二级销号核查时限"},
    {"clock.decision.grade2_workdays", Kind::integer, 1, 120, "", "workdays", "二级审批时限"},
    {"clock.dispatch.grade1_hours", Kind::integer, 1, 240, "", "hours", "一级派遣时限"},
    {"clock.dispatch.grade2_workdays", Kind::integer, 1, 60, "", "workdays", "二级派遣时限"},
    {"clock.first_contact.grade1_hours", Kind::integer, 1, 240, "", "hours", "一级首次入户时限"},
    {"clock.first_contact.grade2_workdays", Kind::integer, 1, 60, "", "workdays", "二级首次入户时限"},
    {"clock.referral_ack.grade1_workdays", Kind::integer, 1, 60, "", "workdays", "一级转介签收时限"},
    {"clock.referral_ack.grade2_workdays", Kind::integer, 1, 60, "", "workdays", "二级转介签收时限"},
    {"clock.referral_result.grade1_workdays", Kind::integer, 1, 120, "", "workdays", "一级转介反馈时限"},
    {"clock.referral_result.grade2_workdays", Kind::integer, 1, 120, "", "workdays", "二级转介反馈时限"},
    {"clock.return_completion.workdays", Kind::integer, 1, 60, "", "workdays", "退回补充时限"},
    {"clock.review.grade2_workdays", Kind::integer, 1, 60, "", "workdays", "二级提交审核时限"},
    {"clock.telling.workdays", Kind::integer, 1, 60, "", "workdays", "不予批准告知时限"},
    {"clock.verification.grade2_workdays", Kind::integer, 1, 60, "", "workdays", "二级入户核查时限"},
    {"compare.frequency", Kind::text, 0, 0, "monthly|quarterly|campaign|regular", "", "名单比对频次"},
    {"compare.lists", Kind::list, 0, 0, "registered_poor|dibao|tekun|orphan|disabled|medical", "",
     "比对的名单"},
    {"compare.min_insured_persons", Kind::integer, 1, 10, "", "persons", "B、C类每户最少保障人数"},
    {"deduct.employment_reward", Kind::integer, 0, 10'000'000, "", "fen", "就业奖励扣减额（每户每月）"},
    {"deduct.epidemic_work_cost", Kind::integer, 0, 10'000'000, "", "fen",
     "疫情期间务工成本扣减额（每人每月）"},
    {"deduct.lines", Kind::list, 0, 0, "employment_reward|work_cost|disability|schooling|illness", "",
     "可扣减项目"},
    {"dibao.amount_rule", Kind::text, 0, 0, "difference|tiers|full", "", "低保金核定方式"},
    {"dibao.class_rule", Kind::text, 0, 0, "a_whole_bc_two", "", "低保分类施保规则"},
    {"dibao.severe_disability", Kind::text, 0, 0, "level12_or_level3_mental", "", "重度残疾的认定"},
    {"dibao.single_person_unit", Kind::text, 0, 0,
     "unlifted|unlifted_and_low_income|on_application|low_income_edge", "", "单人户"},
    {"dibao.top_up.age_from", Kind::integer, 50, 120, "", "years", "增发低保金的老年人年龄（含）"},
    {"dibao.top_up.age_pct", Kind::integer, 0, 300, "", "percent", "老年人和未成年人增发比例"},
    {"dibao.top_up.minor_below", Kind::integer, 1, 25, "", "years", "增发低保金的未成年人年龄（不含）"},
    {"dibao.top_up.severe_pct", Kind::integer, 0, 300, "", "percent", "重残重病增发比例"},
    {"elder.age", Kind::integer, 50, 100, "", "years", "老年人年龄（含）"},
    {"emergency.limit", Kind::integer, 1, 240, "", "hours", "一级审核审批总时限"},
    {"emergency.start", Kind::text, 0, 0, "found|received|accepted", "", "一级总时限从何时起算"},
    {"exit.freeze", Kind::boolean, 0, 0, "", "", "暂停低保退出"},
    {"exit.hearing", Kind::boolean, 0, 0, "", "", "退出前听证或听取意见"},
    {"first_aid.follow_up_from", Kind::text, 0, 0, "emergency_over|first_aid", "", "补齐手续从何时起算"},
    {"first_aid.follow_up_workdays", Kind::integer, 1, 120, "", "workdays", "先行救助后补齐手续时限"},
    {"first_aid.limit", Kind::integer, 0, 100'000'000, "", "fen", "先行救助金额上限"},
    {"freeze.amount", Kind::integer, 0, 300, "", "percent", "暂停退出期间的发放比例"},
    {"grade.levels", Kind::integer, 1, 2, "", "levels", "急难等级数"},
    {"ledger.extension_pct", Kind::integer, 1, 100, "", "percent", "延期长度占原时限比例"},
    {"ledger.reopen_days", Kind::integer, 1, 720, "", "days", "同类问题重启期限"},
    {"ledger.suspend_max_days", Kind::integer, 1, 180, "", "days", "中止最长天数"},
    {"ledger.township_leader_closes", Kind::boolean, 0, 0, "", "", "二级可由镇街负责人销号"},
    {"lookback.from", Kind::text, 0, 0, "", "date", "回头看开始"},
    {"lookback.to", Kind::text, 0, 0, "", "date", "回头看截止"},
    {"low_income.line", Kind::integer, 0, 100'000'000, "", "fen", "低收入家庭人均年收入线"},
    {"org.township_office", Kind::list, 0, 0, "", "", "镇街经办机构"},
    {"partners", Kind::list, 0, 0, "", "", "转介的成员单位"},
    {"phases", Kind::phases, 0, 0, "", "", "行动阶段"},
    {"publicity.days", Kind::integer, 1, 60, "", "days", "公示天数"},
    {"publicity.minors_shown", Kind::boolean, 0, 0, "", "", "公示未成年人"},
    {"reserve.min_per_township", Kind::integer, 0, 10'000'000'000, "", "fen", "镇街备用金下限"},
    {"small_quick.days", Kind::integer, 1, 30, "", "days", "小额快救时限"},
    {"small_quick.max_months", Kind::integer, 1, 12, "", "months", "小额快救上限（低保月标准倍数）"},
    {"small_quick.roll", Kind::boolean, 0, 0, "", "", "小额快救期限遇休息日顺延"},
    {"standard.rural_min_pct", Kind::integer, 1, 100, "", "percent", "农村低保标准占城市标准下限"},
    {"standard.vs_poverty_line", Kind::boolean, 0, 0, "", "", "低保标准不低于扶贫标准"},
    {"supervision.measures", Kind::list, 0, 0, "", "", "监督措施"},
    {"taper.amount", Kind::integer, 0, 100, "", "percent", "渐退期发放比例"},
    {"taper.amount_pct", Kind::list, 0, 0, "", "percent", "渐退期各段发放比例"},
    {"taper.causes", Kind::list, 0, 0, "work|industry_support", "", "可以渐退的原因"},
    {"taper.exists", Kind::boolean, 0, 0, "", "", "是否有渐退期"},
    {"taper.income_upper_pct", Kind::integer, 100, 1000, "", "percent", "渐退收入上限（不含）"},
    {"taper.months", Kind::integer, 1, 36, "", "months", "渐退月数"},
    {"taper.months_max", Kind::integer, 1, 36, "", "months", "渐退最长月数"},
    {"taper.months_min", Kind::integer, 1, 36, "", "months", "渐退最短月数"},
    {"taper.registered_poor_only", Kind::boolean, 0, 0, "", "", "仅限建档立卡户"},
    {"taper.segments_months", Kind::list, 0, 0, "", "months", "渐退各段月数"},
    {"taper.self_report", Kind::boolean, 0, 0, "", "", "须主动申报"},
    {"taper.then", Kind::text, 0, 0, "exit_decision|recheck", "", "渐退期满后"},
    {"taper.unstable_income", Kind::boolean, 0, 0, "", "", "须收入不稳定"},
    {"tekun.basic_ratio_pct", Kind::integer, 100, 400, "", "percent", "特困基本生活标准占低保标准"},
    {"tekun.care_tiers", Kind::integer, 1, 5, "", "tiers", "照料护理档次"},
    {"tekun.continues_in_school", Kind::boolean, 0, 0, "", "", "特困未成年人在校就读的继续供养"},
    {"tekun.minor_age", Kind::integer, 14, 25, "", "years", "特困未成年人年龄（不含）"},
    {"temp_aid.floor.emergency_family_pct", Kind::integer, 0, 2000, "", "percent", "急难型家庭每人下限"},
    {"temp_aid.floor.individual_pct", Kind::integer, 0, 2000, "", "percent", "个人下限"},
    {"temp_aid.floor.spending_family_pct", Kind::integer, 0, 2000, "", "percent", "支出型家庭每人下限"},
    {"visit.care_patrol", Kind::text, 0, 0, "required|monthly|weekly", "", "分散供养探访"},
    {"visit.daily", Kind::groups, 0, 120, "", "", "日排查人群"},
    {"visit.full_coverage", Kind::text, 0, 0, "monthly|campaign|none", "", "全覆盖排查"},
    {"visit.in_person_only", Kind::groups, 0, 120, "", "", "只认入户的人群"},
    {"visit.makeup_month_day", Kind::integer, 0, 28, "", "day", "补访截止：次月几日"},
    {"visit.makeup_pays_current", Kind::boolean, 0, 0, "", "", "补访同时计入本期"},
    {"visit.makeup_weekday", Kind::integer, 0, 7, "", "weekday", "补访截止：次周星期几"},
    {"visit.min_days_month", Kind::integer, 1, 28, "", "days", "当月应访最少在册天数"},
    {"visit.min_days_week", Kind::integer, 1, 7, "", "days", "当周应访最少在册天数"},
    {"visit.phone_counts", Kind::boolean, 0, 0, "", "", "电话走访可计入月排查"},
    {"visit.rounds", Kind::phases, 0, 0, "", "", "全覆盖排查轮次"},
    {"visit.weekly", Kind::groups, 0, 120, "", "", "周排查人群"},
}};

}  // namespace

std::span<const ParameterSpec> parameter_specs() {
  return kSpecs;
}

const ParameterSpec* find_parameter_spec(std::string_view key) {
  const auto found =
      std::find_if(kSpecs.begin(), kSpecs.end(), [&](const ParameterSpec& spec) { return spec.key == key; });
  return found == kSpecs.end() ? nullptr : &*found;
}

}  // namespace doudi::domain
