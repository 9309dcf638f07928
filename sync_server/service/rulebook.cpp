// Loads the files a district may edit; a missing pack refuses to start, a missing form only hides labels.
#include "sync_server/service/rulebook.hpp"

#include <chrono>

#include "shared/packs/packs.hpp"

namespace doudi::district {

Instant system_now() {
  using namespace std::chrono;
  return {duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count()};
}

Result<Rulebook> load_rulebook(const std::filesystem::path& share, const std::string& pack) {
  Rulebook book;
  DOUDI_ASSIGN(book.pack, packs::load_policy(share / "policies", pack));
  DOUDI_ASSIGN(book.calendar_years, packs::load_calendars(share / "calendars"));
  book.calendars.push_back({Instant{}, domain::WorkCalendar(book.calendar_years, book.pack.division)});
  if (auto form = packs::form_json(share / "forms", "visit-v1"); form.ok())
    book.forms_json = std::move(*form);
  return book;
}

}  // namespace doudi::district
