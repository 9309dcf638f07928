#include "shared/domain/population.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace doudi::domain {
namespace {

template <class Enum, std::size_t N>
using Names = std::array<std::pair<Enum, std::string_view>, N>;

template <class Enum, std::size_t N>
std::string_view name_of(const Names<Enum, N>& names, Enum value) {
  for (const auto& [code, name] : names) {
    if (code == value) return name;
  }
  return {};
}

template <class Enum, std::size_t N>
Result<Enum> parse_name(const Names<Enum, N>& names, std::string_view text, const char* what) {
  for (const auto& [code, name] : names) {
    if (name == text) return code;
  }
  return Error{"domain.unknown_code", std::string("unknown ") + what + ": " + std::string(text)};
}

constexpr Names<AbsenceKind, 5> kAbsenceKinds{{{AbsenceKind::hospital, "hospital"},
                                               {AbsenceKind::institution, "institution"},
                                               {AbsenceKind::work_away, "work_away"},
                                               {AbsenceKind::visiting, "visiting"},
                                               {AbsenceKind::other, "other"}}};
constexpr Names<VisitMode, 5> kVisitModes{{{VisitMode::in_person, "in_person"},
                                           {VisitMode::phone, "phone"},
                                           {VisitMode::video, "video"},
                                           {VisitMode::neighbour, "neighbour"},
                                           {VisitMode::institution, "institution"}}};
constexpr Names<VisitOutcome, 8> kVisitOutcomes{{{VisitOutcome::met, "met"},
                                                 {VisitOutcome::family_met, "family_met"},
                                                 {VisitOutcome::nobody, "nobody"},
                                                 {VisitOutcome::refused, "refused"},
                                                 {VisitOutcome::hospital, "hospital"},
                                                 {VisitOutcome::away, "away"},
                                                 {VisitOutcome::moved, "moved"},
                                                 {VisitOutcome::deceased, "deceased"}}};
constexpr Names<SelfCare, 4> kSelfCare{{{SelfCare::unknown, "unknown"},
                                        {SelfCare::full, "full"},
                                        {SelfCare::partial, "partial"},
                                        {SelfCare::none, "none"}}};

}  // namespace

std::string_view to_string(AbsenceKind kind) {
  return name_of(kAbsenceKinds, kind);
}
std::string_view to_string(VisitMode mode) {
  return name_of(kVisitModes, mode);
}
std::string_view to_string(VisitOutcome outcome) {
  return name_of(kVisitOutcomes, outcome);
}
std::string_view to_string(SelfCare self_care) {
  return name_of(kSelfCare, self_care);
}
Result<AbsenceKind> parse_absence_kind(std::string_view text) {
  return parse_name(kAbsenceKinds, text, "kind of absence");
}
Result<VisitMode> parse_visit_mode(std::string_view text) {
  return parse_name(kVisitModes, text, "visit mode");
}
Result<VisitOutcome> parse_visit_outcome(std::string_view text) {
  return parse_name(kVisitOutcomes, text, "visit outcome");
}
Result<SelfCare> parse_self_care(std::string_view text) {
  return parse_name(kSelfCare, text, "self-care result");
}

CivilDate birthday(CivilDate birth, int years) {
  const YearMonthDay born = year_month_day(birth);
  if (const auto day = civil_date(born.year + years, born.month, born.day)) return *day;
  return *civil_date(born.year + years, 3, 1);  // 29 February in a common year
}

int age_on(CivilDate birth, CivilDate on) {
  const int years = year_month_day(on).year - year_month_day(birth).year;
  return birthday(birth, years) <= on ? years : years - 1;
}

bool Person::has_tag(std::string_view code, CivilDate on) const {
  return std::any_of(tags.begin(), tags.end(), [&](const PersonTag& tag) {
    return tag.code == code && tag.from <= on && (!tag.to || on <= *tag.to);
  });
}

bool Person::present_on(CivilDate day) const {
  if (enrolled_on && day < *enrolled_on) return false;
  if (died_on && day >= *died_on) return false;
  return !(moved_on && day >= *moved_on);
}

}  // namespace doudi::domain
