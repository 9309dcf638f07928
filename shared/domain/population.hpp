// Who lives in a grid: the plain facts the rules read. Shells fill these from rows; nothing here loads
// anything.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/ids.hpp"
#include "shared/base/instant.hpp"
#include "shared/base/result.hpp"

namespace doudi::domain {

// Full years by the civil calendar; born 29 February reaches the age on 1 March of a common year (2.2).
int age_on(CivilDate birth, CivilDate on);
// The first day on which somebody born on `birth` is `years` old.
CivilDate birthday(CivilDate birth, int years);

struct PersonTag {
  std::string code;
  CivilDate from;               // inclusive
  std::optional<CivilDate> to;  // inclusive
  friend bool operator==(const PersonTag&, const PersonTag&) = default;
};

enum class AbsenceKind : std::uint8_t { hospital, institution, work_away, visiting, other };
std::string_view to_string(AbsenceKind kind);
Result<AbsenceKind> parse_absence_kind(std::string_view text);

struct Absence {
  AbsenceKind kind = AbsenceKind::other;
  CivilDate from;
  std::optional<CivilDate> to;  // inclusive; open when unknown
  friend bool operator==(const Absence&, const Absence&) = default;
};

enum class VisitMode : std::uint8_t { in_person, phone, video, neighbour, institution };
enum class VisitOutcome : std::uint8_t { met, family_met, nobody, refused, hospital, away, moved, deceased };
std::string_view to_string(VisitMode mode);
std::string_view to_string(VisitOutcome outcome);
Result<VisitMode> parse_visit_mode(std::string_view text);
Result<VisitOutcome> parse_visit_outcome(std::string_view text);

struct Visit {
  Instant seen_at;  // corrected time
  VisitMode mode = VisitMode::in_person;
  VisitOutcome outcome = VisitOutcome::met;
  bool adult_met = true;
  bool voided = false;
  std::optional<CivilDate> makeup_for;  // a day of the period this visit makes up for
};

enum class SelfCare : std::uint8_t { unknown, full, partial, none };
std::string_view to_string(SelfCare self_care);
Result<SelfCare> parse_self_care(std::string_view text);

struct Person {
  Uuid id;
  Uuid household;  // nil: counted alone
  std::string name;
  std::optional<CivilDate> birth;
  std::vector<PersonTag> tags;
  std::vector<Absence> absences;
  std::vector<Visit> visits;  // visits that name this person
  std::optional<CivilDate> enrolled_on;
  std::optional<CivilDate> died_on;
  std::optional<CivilDate> moved_on;
  SelfCare self_care = SelfCare::unknown;

  [[nodiscard]] bool has_tag(std::string_view code, CivilDate on) const;
  // Alive, here and enrolled on that day (an absence does not end it).
  [[nodiscard]] bool present_on(CivilDate day) const;
};

struct Household {
  Uuid id;
  std::string sort_key;  // door order; compared byte by byte
  std::string address;
  std::optional<CivilDate> enrolled_on;
  std::optional<CivilDate> ended_on;  // first day that no longer counts
  std::vector<Visit> visits;          // visits to the door that name nobody
};

// Zero-padded so that the order by bytes is the order of the doors.
std::string door_sort_key(std::int64_t door_order, std::string_view door);

}  // namespace doudi::domain
