// The tablet client as a library: everything a screen, a command or an embedding program needs, with or
// without a network. Calls return values; failures carry stable codes. Any thread may call; calls take turns.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "field_client/include/doudi/device_clock.hpp"
#include "field_client/include/doudi/views.hpp"
#include "shared/base/result.hpp"
#include "shared/files/files.hpp"

namespace doudi::field {

struct FieldOptions {
  std::filesystem::path data;   // the folder with field.db, field.seal, keys.json …
  std::filesystem::path share;  // policies, calendars, forms, names
  DeviceClock clock = DeviceClock::system();
  files::FileSystem* disk = &files::system_files();                // of `data`
  std::int64_t photo_space_min = std::int64_t{200} * 1024 * 1024;  // free bytes kept for texts
};

struct EnrollOptions {
  std::string server;  // "https://host:port"; plain http only to loopback addresses
  std::string code;    // XXXXX-XXXXX-<authority>
  std::string pin;     // 6 to 32 digits
  std::string label;   // of the device, for the district's list
  std::uint64_t scrypt_n = 1U << 15U;
};

class Field {
 public:
  // The folder may be empty (not enrolled) or locked. Errors "packs.*".
  static Result<std::unique_ptr<Field>> open(FieldOptions options);
  ~Field();

  // Registers the tablet, sets the PIN and pulls the first time; leaves the tablet unlocked. A tablet that a
  // restored district does not know any more is registered again with the PIN it has and keeps its records.
  // Errors "field.enrolled", "enroll.*", "keys.weak_pin", "tls.unknown_authority", "net.*".
  Status enroll(const EnrollOptions& options);
  // Errors "keys.wrong_pin", "keys.wait", "keys.locked", "keys.damaged", "store.damaged", "store.data_loss".
  // `accept_loss`: the worker has read that records are missing; copies are kept, the rest opens.
  Status unlock(std::string_view pin, bool accept_loss = false);
  // After "store.damaged": what can still be read goes into a new store, the files stay as they were found in
  // a folder beside it, and the tablet opens; the next sync brings the rest. Errors as above and "store.*".
  Result<RescueFacts> rescue(std::string_view pin);
  Status lock();
  // Wraps the same key under another PIN. Errors "keys.*".
  Status change_pin(std::string_view old_pin, std::string_view new_pin);
  // Another data key under the same PIN: the whole store is written anew, nothing is lost whenever it is
  // interrupted, and the tablet is open afterwards. Errors of unlock(), "sql.full" and "file.full": nothing
  // was changed; "sql.in_use": another program holds the store.
  Status change_key(std::string_view pin);
  [[nodiscard]] FieldState state();

  // All of these need an unlocked tablet: "field.locked" otherwise.
  Result<Today> today(std::optional<CivilDate> day = std::nullopt);
  Result<HouseholdView> household(const Uuid& id);
  Result<PreviousAnswers> previous_answers(const Uuid& household);
  Result<std::string> form_json();
  Result<std::vector<TriageLead>> triage(const Uuid& household, const std::optional<Uuid>& person,
                                         const Answers& answers);
  // One transaction: visit, answers, leads of the rules and of the worker, status changes, the sealed group.
  // When this returns, the visit is on the disk. Errors "form.*", "field.unknown_household",
  // "field.text_too_long", "sql.full" …
  Result<VisitReceipt> save_visit(const NewVisit& visit);
  Result<Problem> save_lead(const NewLead& lead);
  // A household or person no roster knew. Whoever looks alike is named first; nothing is saved until that is
  // confirmed. Errors "field.door_needed", "field.name_needed", "field.id_number", "field.unknown_household",
  // "field.text_too_long".
  Result<Added> add_household(const NewHousehold& household);
  Result<Added> add_person(const NewPerson& person);
  // The call made because the network was missing: "reached", "busy" or "no_answer".
  Result<Problem> record_call(const Uuid& lead, Instant at, const std::string& result);
  Result<std::vector<Problem>> problems();
  Result<std::vector<SearchHit>> search(const std::string& query);
  Result<std::vector<OutboxRow>> outbox();
  Result<DeviceFacts> device();
  // Unfinished forms, kept encrypted and outside sync. `body` is the screen's own text, at most 64 KiB.
  Result<Instant> save_draft(const Uuid& household, const std::string& body);
  Result<std::optional<std::string>> draft(const Uuid& household);
  Status remove_draft(const Uuid& household);

  // Photos and recordings: kept encrypted and without metadata from the moment they are taken, named by the
  // visit or problem that is saved with them, uploaded after everything else. Errors "media.*",
  // "field.low_storage", "field.too_many_attachments", "field.unknown_attachment".
  Result<AttachmentView> stage_attachment(ByteView content, std::optional<Instant> taken_at = std::nullopt);
  Status remove_attachment(const Uuid& id);  // only while no record refers to it
  Result<AttachmentView> attachment(const Uuid& id);
  Result<Bytes> attachment_content(const Uuid& id);
  Status retry_attachment(const Uuid& id);

  [[nodiscard]] Chip chip();
  // The background sync: starts when the tablet is unlocked, ends when it is locked.
  void enable_background_sync(bool enabled);
  void wake_sync();
  // Rounds until nothing is unsent and there is no news. Retries until `patience` is over.
  Status sync_now(std::chrono::milliseconds patience);
  // The next round counts the rows anew and compares every scope that differs, however recently that was
  // done.
  Status ask_repair();

  // Integrity, group chain, seal, digests; every line is a finding, none means all is well.
  Result<std::vector<std::string>> verify();
  // Every record of the store as JSON lines, for rescue: the caller protects what it writes.
  Status export_records(const std::function<void(const std::string&)>& line);

 private:
  struct Parts;
  Status enroll_again(const EnrollOptions& options);
  explicit Field(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace doudi::field
