#include "field_client/work/share_data.hpp"

namespace doudi::field {

Result<std::unique_ptr<ShareData>> load_share_data(const std::filesystem::path& share,
                                                   const std::string& pack) {
  auto data = std::make_unique<ShareData>();
  DOUDI_ASSIGN(data->pack, packs::load_policy(share / "policies", pack));
  DOUDI_ASSIGN(const auto years, packs::load_calendars(share / "calendars"));
  data->calendar = domain::WorkCalendar(years, data->pack.division);
  DOUDI_ASSIGN(data->form, packs::load_form(share / "forms", "visit-v1"));
  DOUDI_ASSIGN(data->form_json, packs::form_json(share / "forms", "visit-v1"));
  auto names = packs::NameReader::load(share / "names" / "surname_readings.jsonc");
  if (names.ok()) data->names.emplace(std::move(*names));
  return data;
}

}  // namespace doudi::field
