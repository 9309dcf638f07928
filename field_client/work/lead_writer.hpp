// Writes leads: new ones, and what is learned again about one that is still open. One open lead per household
// and category.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "field_client/include/doudi/device_clock.hpp"
#include "field_client/store/row_writer.hpp"

namespace doudi::field {

inline constexpr std::size_t kNoteCharactersMax = 500;

struct LeadDraft {
  Uuid grid;
  std::optional<Uuid> household, person, visit;
  Uuid worker;
  std::string source;  // "visit" or "worker"
  std::string category;
  std::optional<int> grade_rule, grade_worker;
  std::vector<std::string> rules;
  Instant found_at;
  std::string description, place;
  std::vector<std::string> urgent_need;
  bool restricted = false;
  [[nodiscard]] int grade() const;
};

// Inserts, or adds to the open lead of the same household and category made today or returned by the
// district. Returns the lead's id.
Result<Uuid> write_lead(RowWriter& writer, const LeadDraft& draft, const DeviceClock& clock);
// Errors "field.text_too_long".
Status check_length(const std::string& text);

}  // namespace doudi::field
