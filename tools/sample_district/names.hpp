// Invented names with the mix of a northern Chinese district: common and rare surnames, surnames of two
// characters and with special readings, names of minorities with a middle dot, characters beyond the Basic
// Multilingual Plane.
#pragma once

#include <string>
#include <string_view>

#include "tools/sample_district/chance.hpp"

namespace doudi::sample {

enum class Sex { male, female };

std::string_view make_surname(Chance& chance);
// A given name as people of that sex and generation have it; `birth_year` decides the generation.
std::string make_given_name(Chance& chance, Sex sex, int birth_year);
// A whole name that is not surname + given name ("买买提·艾力").
std::string_view make_minority_name(Chance& chance, Sex sex);
// A given name with a character of CJK extension B or later.
std::string_view make_rare_given_name(Chance& chance);

}  // namespace doudi::sample
