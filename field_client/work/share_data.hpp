// What the program reads from its share folder: pack, calendar, form, name readings. Nothing personal.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "shared/domain/form.hpp"
#include "shared/domain/policy.hpp"
#include "shared/domain/work_calendar.hpp"
#include "shared/packs/packs.hpp"

namespace doudi::field {

struct ShareData {
  domain::PolicyPack pack;
  domain::WorkCalendar calendar;
  domain::FormDefinition form;
  std::string form_json;
  std::optional<packs::NameReader> names;  // without the file, names are searched by characters only
};

// Errors "packs.*".
Result<std::unique_ptr<ShareData>> load_share_data(const std::filesystem::path& share,
                                                   const std::string& pack);

}  // namespace doudi::field
