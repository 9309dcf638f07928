// The short Chinese words a tablet shows for codes. The district's forms and packs carry their own; these are
// the fixed ones.
#pragma once

#include <string>
#include <string_view>

namespace doudi::field {

std::string tag_label(std::string_view tag);          // "lives_alone" → "独居"
std::string lead_state_text(std::string_view state);  // "reported" → "已上报"
std::string outcome_text(std::string_view outcome);   // "nobody" → "未见到人"

}  // namespace doudi::field
