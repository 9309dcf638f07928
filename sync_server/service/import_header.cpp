// Header cells are compared without spaces and with brackets folded to one kind.
#include <algorithm>

#include "sync_server/service/csv.hpp"
#include "sync_server/service/import.hpp"

namespace doudi::district {
namespace {

std::string fold_header(std::string_view cell) {
  std::string text = normalize_cell(cell);
  std::erase(text, ' ');
  std::erase(text, '*');
  return text;
}

}  // namespace

Result<HeaderMap> HeaderMap::match(const std::vector<std::string>& header, const std::vector<Field>& fields) {
  std::vector<std::string> folded;
  for (const std::string& cell : header) folded.push_back(fold_header(cell));
  HeaderMap map;
  for (const Field& field : fields) {
    Place place;
    place.label = field.aliases.front();
    for (const std::string& alias : field.aliases) {
      const auto found = std::find(folded.begin(), folded.end(), alias);
      if (found == folded.end()) continue;
      place.index = static_cast<std::size_t>(found - folded.begin());
      place.label = header[place.index];
      place.present = true;
      break;
    }
    if (!place.present && field.required)
      return Error{"import.header", "The file has no column '" + place.label + "'."};
    map.places_[field.name] = place;
  }
  for (std::size_t i = 0; i < header.size(); ++i) {
    const bool taken = std::any_of(map.places_.begin(), map.places_.end(), [&](const auto& entry) {
      return entry.second.present && entry.second.index == i;
    });
    if (!taken && !folded[i].empty()) map.unknown_.push_back(normalize_cell(header[i]));
  }
  return map;
}

std::string HeaderMap::get(const std::vector<std::string>& cells, const std::string& field) const {
  const auto place = places_.find(field);
  if (place == places_.end() || !place->second.present || place->second.index >= cells.size()) return {};
  return normalize_cell(cells[place->second.index]);
}

std::string HeaderMap::label(const std::string& field) const {
  const auto place = places_.find(field);
  return place == places_.end() ? field : place->second.label;
}

}  // namespace doudi::district
