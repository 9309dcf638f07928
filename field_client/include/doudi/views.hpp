// What the tablet shows and accepts, as plain values: the shapes of the library's interface. Times are
// instants (ms UTC), days are civil dates in UTC+8, ids are UUIDs made on the device that created the row.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "shared/base/ids.hpp"
#include "shared/base/instant.hpp"

namespace doudi::field {

// Question code → answer codes.
using Answers = std::map<std::string, std::vector<std::string>, std::less<>>;

// How far the newest group of a record got.
enum class Sent : std::uint8_t { unsent, sent, conflict, returned };
std::string_view to_string(Sent sent);

enum class ChipState : std::uint8_t { synced, unsent, syncing, offline, never, attention };
std::string_view to_string(ChipState state);

// The honest sync sign: never `synced` while something is unacknowledged.
struct Chip {
  std::int64_t unsent = 0;
  std::int64_t emergency_unsent = 0;
  std::int64_t attachments_waiting = 0;  // photos and recordings that follow their records
  std::optional<Instant> oldest_unsent_at;
  std::int64_t oldest_age_min = 0;
  std::optional<Instant> last_success_at;
  ChipState state = ChipState::never;
  std::string reason_code;  // stable: "net.unreachable"
  std::string reason;       // Chinese
  std::string reason_en;
};

struct Tag {
  std::string code;
  std::string label;
};

struct Grid {
  Uuid id;
  std::string name, community, street, duty_phone, backup_phone;
  bool handed_over = false;  // only until the last edit is with the district
};

// A photo or recording of a visit or problem.
struct AttachmentView {
  Uuid id;
  std::string kind;        // "photo", "voice"
  std::string media_type;  // "image/jpeg"
  std::int64_t bytes = 0;
  std::int64_t sent = 0;  // bytes the district has
  Instant taken_at;
  std::string state;   // "staged", "waiting", "uploading", "uploaded", "rejected", "elsewhere"
  std::string reason;  // why it was rejected: "attachment.hash"
  bool here = false;   // its content is on this tablet
};

// One reported problem with what the district said about it.
struct Problem {
  Uuid id;
  std::optional<Uuid> household;
  std::optional<Uuid> person;
  std::string name;
  std::string door;
  std::string category;
  int grade = 2;
  Instant found_at;
  std::optional<Instant> due_at;
  std::string lamp;  // "green", "yellow", "red" or empty
  std::string state;
  std::string state_text;
  std::optional<std::string> entry_no;
  std::optional<Instant> accepted_at;
  std::optional<Instant> received_at;
  std::optional<std::string> reply;
  std::optional<Instant> learned_at;  // when this tablet last heard from the district
  Sent sent = Sent::unsent;
  std::string description;
  std::optional<Instant> offline_call_at;
  std::string offline_call_result;
  std::vector<std::string> returned_items;
  std::vector<AttachmentView> attachments = {};
};

struct DueRow {
  Uuid household;
  std::optional<Uuid> person;
  std::string door;
  std::string name;
  std::optional<int> age;
  int members = 0;
  std::vector<Tag> tags;
  std::string duty;
  CivilDate due_by;
  std::string mode;
  bool missed = false;
  std::optional<Instant> tried_at;
  std::optional<CivilDate> last_seen;
  std::optional<std::string> phone;
  std::optional<int> unreachable_grade;
};

struct NetCell {
  Uuid household;
  std::string state;  // "seen", "open", "tried"
};

struct Today {
  CivilDate date;
  std::int64_t left = 0;
  std::int64_t done = 0;
  std::vector<Problem> emergencies;
  std::vector<Problem> returned;
  std::vector<DueRow> due;  // in the order of domain.md 3.4.3 rule 11
  std::vector<NetCell> net;
  std::int64_t week_done = 0, week_total = 0, month_done = 0, month_total = 0;
  int working_days_left = 0;
  std::int64_t per_day = 0;
};

struct Member {
  Uuid id;
  std::string name;
  int sex = 0;
  std::optional<int> age;
  std::string relation;
  bool is_head = false;
  std::vector<Tag> tags;
  std::string self_care;
  std::optional<std::string> phone;
  std::string id_masked;
  std::string duty;
  std::optional<CivilDate> due_by;
  std::optional<CivilDate> last_seen;
};

struct VisitView {
  Uuid id;
  Instant seen_at;
  std::string outcome;
  std::string met;
  std::string worker;
  std::vector<std::string> summary;
  Sent state = Sent::unsent;
  std::vector<AttachmentView> attachments = {};
};

struct HouseholdView {
  Uuid id;
  std::string door, address, note;
  std::optional<std::string> phone;
  std::vector<Member> members;
  std::vector<VisitView> visits;  // the newest first
  std::vector<Problem> problems;
  std::vector<DueRow> same_door;
  std::optional<std::string> draft;  // as saved
};

struct PreviousAnswers {
  Answers answers;
  std::optional<Instant> seen_at;
};

struct NewLead {
  std::optional<Uuid> household;
  std::optional<Uuid> person;
  std::string place;
  std::string category;
  int grade = 2;
  std::string description;
  std::vector<std::string> urgent_need;
  std::optional<Instant> found_at;
  std::vector<Uuid> attachments = {};  // staged; those of a lead inside a visit belong to the visit
};

struct NewVisit {
  Uuid household;
  std::optional<Uuid> person;
  std::string met;  // answer codes of V01: "self", "family", "nobody" …
  Answers answers;
  bool leaflet_given = false;
  bool leaflet_posted = false;
  std::string note;
  std::vector<NewLead> leads;          // raised by the worker; the rules add theirs
  std::vector<Uuid> attachments = {};  // staged
};

// What a worker finds at a door that no roster knew. `confirmed`: the worker has seen who looks alike.
struct NewHousehold {
  std::string door;
  std::string address;
  std::string phone;
  std::string note;
  bool confirmed = false;
};
struct NewPerson {
  Uuid household;
  std::string name;
  int sex = 0;                     // taken from the ID number when there is one
  std::optional<CivilDate> birth;  // the same
  std::string id_number;
  std::string relation = "other";
  std::string phone;
  bool confirmed = false;
};
// Somebody on this tablet who may be the same.
struct Likeness {
  Uuid household;
  std::optional<Uuid> person;
  std::string name;  // of the person, or the address of the household
  std::string door;
  std::string reason;  // "id_number", "name", "address"
};
// Without `id` nothing was saved: somebody looks alike and the worker has not confirmed.
struct Added {
  std::optional<Uuid> id;
  std::vector<Likeness> alike;
};

struct VisitReceipt {
  Uuid visit;
  std::vector<Problem> leads;
  Instant saved_at;
  std::vector<DueRow> same_door;
};

struct TriageLead {
  std::string category;
  int grade = 2;
  std::vector<std::string> rules;
  bool restricted = false;
  std::string hint;  // the sentence on the screen
};

struct SearchHit {
  Uuid household;
  std::optional<Uuid> person;
  std::string name;
  std::string door;
  std::optional<int> age;
  std::vector<Tag> tags;
};

struct OutboxRow {
  std::uint64_t seq = 0;
  Instant at;
  std::string kind;  // "visit", "lead", "edit"
  std::optional<Uuid> household;
  std::string door, name, lane, state, reason;
};

struct DeviceFacts {
  std::string device_id, program_version, server_url, epoch;
  std::int64_t store_bytes = 0, free_bytes = 0;
  std::int64_t backed_up_seq = 0, rows_set_aside = 0;
  std::int64_t visits_recorded = 0;  // by any worker, as far as this tablet knows
  std::optional<Instant> last_sync_at;
};

struct FieldState {
  bool enrolled = false;
  bool locked = true;
  std::uint32_t attempts_left = 0;
  std::int64_t wait_s = 0;
  bool tries_exhausted = false;
  std::string worker;
  std::optional<Grid> grid;
  Instant now;
};

// What a rescue found, for the worker and the office.
struct RescueFacts {
  std::uint32_t pages = 0;
  std::uint32_t damaged_pages = 0;
  std::uint64_t rows = 0;                // taken over, of every table
  std::uint64_t unreadable = 0;          // begun on a sound page, continued on a damaged one
  std::uint64_t groups = 0;              // whole, with their operations
  std::uint64_t unsent = 0;              // of these
  std::vector<std::string> lost_groups;  // "incarnation/seq", or the number on this tablet
  std::string kept_in;                   // the folder with the files as they were found
};

}  // namespace doudi::field
