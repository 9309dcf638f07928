// See the header.
#include "tools/sample_district/people.hpp"

#include <cstdio>
#include <utility>

#include "tools/sample_district/district.hpp"

namespace doudi::sample {
namespace {

using std::string_view_literals::operator""sv;

// One category, several spellings: an import has to know them all.
constexpr std::array kAlone{"独居"sv, "独居老人"sv, "独居老年人"sv};
constexpr std::array kVeryOld{"高龄"sv, "高龄老人"sv};
constexpr std::array kMinimumLiving{"城市低保"sv, "农村低保"sv, "低保户"sv, "低保"sv, "最低生活保障对象"sv};
constexpr std::array kMargin{"低保边缘"sv, "低边"sv, "低保边缘家庭"sv};
constexpr std::array kHomeCare{"特困分散供养"sv, "分散供养特困人员"sv, "特困供养（分散）"sv};
constexpr std::array kEmptyNest{"空巢老人"sv, "空巢"sv};
constexpr std::array kDisabled{"残疾"sv, "残疾人"sv};
constexpr std::array kSeverelyDisabled{"重度残疾"sv, "重残"sv};
constexpr std::array kChildInDifficulty{"困境儿童"sv, "困境未成年人"sv};
constexpr std::string_view kDaily = "日排查对象";

std::string make_phone(Chance& chance) {
  char text[16];
  // Prefix 140 belongs to machines: no person has such a number.
  std::snprintf(text, sizeof text, "140%08d", chance.below(100000000));
  return text;
}

void add(Resident& resident, std::string_view category) {
  resident.categories.emplace_back(category);
}

}  // namespace

char identity_check(std::string_view first_17) {
  constexpr std::array kWeights{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
  int sum = 0;
  for (std::size_t i = 0; i < kWeights.size(); ++i) sum += (first_17[i] - '0') * kWeights[i];
  return "10X98765432"[sum % 11];
}

std::string IdentityNumbers::next(CivilDate birth, Sex sex) {
  const bool male = sex == Sex::male;
  const auto slot = static_cast<std::size_t>(2 * (birth.days - kFirstDay) + (male ? 1 : 0));
  ensure(slot < used_.size(), "birth dates lie between 1900 and 2064");
  const int sequence = 2 * used_[slot]++ + (male ? 1 : 2);
  ensure(sequence < 1000, "a birth date has numbers left");
  const YearMonthDay date = year_month_day(birth);
  char text[32];
  std::snprintf(text, sizeof text, "990101%04d%02u%02u%03d", date.year, date.month, date.day, sequence);
  std::string number(text);
  number.push_back(identity_check(number));
  return number;
}

int HouseholdMaker::age_of(const Resident& resident) const {
  const YearMonthDay born = year_month_day(resident.birth);
  const YearMonthDay now = year_month_day(today_);
  return now.year - born.year - (std::pair(now.month, now.day) < std::pair(born.month, born.day) ? 1 : 0);
}

Resident HouseholdMaker::make_resident(Chance& chance, std::string_view surname, std::string_view relation,
                                       Sex sex, int age) {
  Resident resident;
  resident.relation = relation;
  resident.sex = sex;
  resident.birth = today_ - (age * 36525 / 100 + chance.between(1, 364));
  const int year = year_month_day(resident.birth).year;
  if (chance.in_thousand(dense_ ? 12 : 2)) {
    resident.name = std::string(surname).append(make_rare_given_name(chance));
  } else {
    resident.name = std::string(surname).append(make_given_name(chance, sex, year));
  }
  resident.id_number = numbers_.next(resident.birth, sex);
  if (age >= 14 && !chance.in_thousand(120)) resident.phone = make_phone(chance);
  return resident;
}

std::vector<Resident> HouseholdMaker::make_story_elder() {
  Resident elder;
  elder.name = "张桂兰";
  elder.relation = "户主";
  elder.sex = Sex::female;
  elder.birth = *civil_date(1945, 3, 12);
  elder.id_number = numbers_.next(elder.birth, elder.sex);
  elder.phone = "14000000001";
  elder.categories = {"独居老人", "高龄"};
  elder.self_care = "能自理";
  elder.note = "子女在外地";
  return {elder};
}

std::vector<Resident> HouseholdMaker::make_daily_elder(Chance& chance) {
  std::vector<Resident> household{
      make_resident(chance, make_surname(chance), "户主", Sex::male, chance.between(66, 84))};
  household.front().categories = {"特困分散供养", std::string(kDaily), "独居"};
  household.front().self_care = "不能自理";
  household.front().note = "委托照料人每日上门";
  return household;
}

std::vector<Resident> HouseholdMaker::elder_alone(Chance& chance) {
  const Sex sex = chance.in_thousand(680) ? Sex::female : Sex::male;
  std::vector<Resident> household{
      make_resident(chance, make_surname(chance), "户主", sex, chance.between(61, 93))};
  Resident& elder = household.front();
  if (chance.in_thousand(share(40))) {
    add(elder, chance.pick(kHomeCare));
    elder.self_care = chance.in_thousand(500) ? "不能自理" : "半自理";
    if (elder.self_care == "不能自理") add(elder, kDaily);
  }
  add(elder, chance.pick(kAlone));
  return household;
}

std::vector<Resident> HouseholdMaker::elder_couple(Chance& chance) {
  const int age = chance.between(61, 86);
  std::vector<Resident> household{make_resident(chance, make_surname(chance), "户主", Sex::male, age)};
  household.push_back(
      make_resident(chance, make_surname(chance), "配偶", Sex::female, age - chance.between(0, 5)));
  if (chance.in_thousand(share(60))) {
    for (Resident& resident : household) add(resident, chance.pick(kEmptyNest));
  }
  return household;
}

std::vector<Resident> HouseholdMaker::family(Chance& chance, int children, bool grandparent) {
  const std::string_view surname = make_surname(chance);
  const int age = chance.between(28, 52);
  std::vector<Resident> household{make_resident(chance, surname, "户主", Sex::male, age)};
  household.push_back(
      make_resident(chance, make_surname(chance), "配偶", Sex::female, age - chance.between(0, 4)));
  int child_age = age - chance.between(24, 27);
  for (int i = 0; i < children && child_age >= 0; ++i, child_age -= chance.between(2, 6)) {
    const bool son = chance.in_thousand(515);
    household.push_back(
        make_resident(chance, surname, son ? "子" : "女", son ? Sex::male : Sex::female, child_age));
  }
  if (grandparent) {
    household.push_back(
        make_resident(chance, make_surname(chance), "母亲", Sex::female, age + chance.between(22, 30)));
  }
  return household;
}

std::vector<Resident> HouseholdMaker::single_adult(Chance& chance) {
  const Sex sex = chance.in_thousand(500) ? Sex::female : Sex::male;
  std::vector<Resident> household{
      make_resident(chance, make_surname(chance), "户主", sex, chance.between(22, 58))};
  if (chance.in_thousand(dense_ ? 120 : 30)) household.front().name = make_minority_name(chance, sex);
  return household;
}

std::vector<Resident> HouseholdMaker::left_behind(Chance& chance) {
  const std::string_view surname = make_surname(chance);
  const int age = chance.between(58, 74);
  std::vector<Resident> household{make_resident(chance, surname, "户主", Sex::male, age)};
  household.push_back(
      make_resident(chance, make_surname(chance), "配偶", Sex::female, age - chance.between(0, 4)));
  const bool boy = chance.in_thousand(515);
  household.push_back(make_resident(chance, surname, boy ? "孙子" : "孙女", boy ? Sex::male : Sex::female,
                                    chance.between(3, 15)));
  add(household.back(), "留守儿童");
  household.back().note = "父母在外务工";
  return household;
}

void HouseholdMaker::add_personal_categories(Chance& chance, Resident& resident) {
  const int age = age_of(resident);
  if (age >= 80) add(resident, chance.pick(kVeryOld));
  if (age < 18 && resident.categories.empty() && chance.in_thousand(share(12))) {
    add(resident, chance.in_thousand(150) ? "事实无人抚养儿童"sv : chance.pick(kChildInDifficulty));
  }
  if (chance.in_thousand(share(18))) {
    const bool severe = chance.in_thousand(350);
    add(resident, severe ? chance.pick(kSeverelyDisabled) : chance.pick(kDisabled));
    if (severe && resident.self_care.empty())
      resident.self_care = chance.in_thousand(400) ? "不能自理" : "半自理";
  }
  if (chance.in_thousand(share(8))) add(resident, "重病"sv);
  if (age >= 60 && resident.self_care.empty()) {
    resident.self_care = age >= 75 && chance.in_thousand(120) ? "半自理" : "能自理";
  }
}

void HouseholdMaker::add_categories(Chance& chance, std::vector<Resident>& household) {
  const int roll = chance.below(1000);
  const std::string_view aid = roll < share(18)   ? chance.pick(kMinimumLiving)
                               : roll < share(26) ? chance.pick(kMargin)
                                                  : std::string_view{};
  for (Resident& resident : household) {
    if (!aid.empty()) add(resident, aid);
    add_personal_categories(chance, resident);
  }
}

std::vector<Resident> HouseholdMaker::make(Chance& chance) {
  const int roll = chance.below(1000);
  std::vector<Resident> household = roll < 90    ? elder_alone(chance)
                                    : roll < 250 ? elder_couple(chance)
                                    : roll < 390 ? single_adult(chance)
                                    : roll < 530 ? family(chance, 0, false)
                                    : roll < 780 ? family(chance, 1, false)
                                    : roll < 870 ? family(chance, 2, false)
                                    : roll < 980 ? family(chance, 1, true)
                                                 : left_behind(chance);
  add_categories(chance, household);
  return household;
}

}  // namespace doudi::sample
