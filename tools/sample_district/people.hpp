// Who lives behind one door: ages, relations, names, categories and ID numbers that fit each other.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "shared/base/instant.hpp"
#include "tools/sample_district/chance.hpp"
#include "tools/sample_district/names.hpp"

namespace doudi::sample {

struct Resident {
  std::string name;
  std::string relation;  // to the head: 户主, 配偶, 子, …
  Sex sex = Sex::female;
  CivilDate birth;
  std::string id_number;
  std::string phone;
  std::vector<std::string> categories;  // spelled as offices spell them, not as codes
  std::string self_care;
  std::string note;
};

// Gives each birth date its own sequence numbers, odd for men and even for women, so numbers never repeat.
class IdentityNumbers {
 public:
  std::string next(CivilDate birth, Sex sex);

 private:
  static constexpr int kFirstDay = -25567;  // 1900-01-01
  static constexpr int kDays = 60000;
  std::vector<std::uint16_t> used_ = std::vector<std::uint16_t>(2 * kDays);
};

class HouseholdMaker {
 public:
  // `dense` raises the share of people with a category, so that a small sample shows every kind of duty.
  HouseholdMaker(CivilDate today, bool dense, IdentityNumbers& numbers)
      : today_(today), dense_(dense), numbers_(numbers) {}

  // The head comes first.
  std::vector<Resident> make(Chance& chance);
  // The elder of the story: lives alone, 81 years old on 2026-11-18.
  std::vector<Resident> make_story_elder();
  // Kept by the State at home and unable to look after himself: seen every day.
  std::vector<Resident> make_daily_elder(Chance& chance);

 private:
  Resident make_resident(Chance& chance, std::string_view surname, std::string_view relation, Sex sex,
                         int age);
  std::vector<Resident> elder_alone(Chance& chance);
  std::vector<Resident> elder_couple(Chance& chance);
  std::vector<Resident> family(Chance& chance, int children, bool grandparent);
  std::vector<Resident> single_adult(Chance& chance);
  std::vector<Resident> left_behind(Chance& chance);
  void add_categories(Chance& chance, std::vector<Resident>& household);
  void add_personal_categories(Chance& chance, Resident& resident);
  [[nodiscard]] int age_of(const Resident& resident) const;
  [[nodiscard]] int share(int in_thousand) const { return dense_ ? in_thousand * 5 : in_thousand; }

  CivilDate today_;
  bool dense_;
  IdentityNumbers& numbers_;
};

}  // namespace doudi::sample
