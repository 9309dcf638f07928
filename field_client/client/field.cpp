// Opening, unlocking and locking.
#include "field_client/include/doudi/field.hpp"

#include "field_client/client/parts.hpp"
#include "field_client/keys/key_change.hpp"
#include "field_client/rescue/rescue.hpp"

namespace doudi::field {

namespace {

bool is_full(const Status& status) {
  return !status.ok() && (status.error().code == "file.full" || status.error().code == "sql.full");
}

}  // namespace

Field::Field(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Field::~Field() {
  parts_->stop_driver();
}

Result<std::unique_ptr<Field>> Field::open(FieldOptions options) {
  return std::unique_ptr<Field>(new Field(std::make_unique<Parts>(std::move(options))));
}

Status Field::Parts::require_open() const {
  if (is_open()) return {};
  if (revoked)
    return Error{"field.revoked", "the district revoked this tablet; its records can no longer be opened"};
  return Error{"field.locked", "unlock the tablet first"};
}

StoreOptions Field::Parts::store_options() const {
  StoreOptions chosen;
  chosen.folder = options.data;
  chosen.clock = options.clock;
  chosen.disk = options.disk;
  chosen.ballast_bytes = kBallastBytes;
  return chosen;
}

Status Field::Parts::open_store(const Secret& data_key, bool accept_loss) {
  StoreOptions chosen = store_options();
  chosen.accept_loss = accept_loss;
  DOUDI_TRY(finish_rescue(*options.disk, options.data));
  auto opening = Store::open(chosen, data_key);
  if (!opening.ok()) return told_as_damage(opening.error());
  std::unique_ptr<Store> opened = std::move(*opening);
  DOUDI_ASSIGN(const auto pack, opened->setting("pack"));
  DOUDI_ASSIGN(const auto id, opened->setting("worker"));
  DOUDI_ASSIGN(const auto name, opened->setting("worker_name"));
  const auto worker_id = parse_uuid(id.value_or(""));
  if (!pack || !worker_id) return Error{"field.not_enrolled", "this tablet is not enrolled"};
  DOUDI_ASSIGN(share, load_share_data(options.share, *pack));
  store = std::move(opened);
  worker = *worker_id;
  worker_name = name.value_or("");
  board.emplace(share->pack, share->calendar);
  board_stale = true;
  return {};
}

Status Field::Parts::open_with(std::string_view pin, bool accept_loss) {
  DOUDI_ASSIGN(const Secret data_key, keys.unlock(pin));
  return open_store(data_key, accept_loss);
}

Status Field::Parts::let_in(std::string_view pin, bool accept_loss) {
  Status opened = open_with(pin, accept_loss);
  if (!is_full(opened)) return opened;
  Ballast(*options.disk, options.data, kBallastBytes).release();  // kept for this day
  return open_with(pin, accept_loss);
}

void Field::Parts::close() {
  search.forget();
  board.reset();
  share.reset();
  store.reset();
}

Status Field::unlock(std::string_view pin, bool accept_loss) {
  {
    const std::lock_guard lock(parts_->mutex);
    if (!parts_->keys.exists()) return Error{"field.not_enrolled", "this tablet is not enrolled"};
    if (parts_->is_open()) return {};
    DOUDI_TRY(parts_->let_in(pin, accept_loss));
  }
  return parts_->start_driver();
}

Result<RescueFacts> Field::rescue(std::string_view pin) {
  parts_->stop_driver();
  RescueFacts facts;
  {
    const std::lock_guard lock(parts_->mutex);
    if (!parts_->keys.exists()) return Error{"field.not_enrolled", "this tablet is not enrolled"};
    DOUDI_ASSIGN(const Secret data_key, parts_->keys.unlock(pin));
    parts_->close();
    DOUDI_ASSIGN(facts, rescue_store(parts_->store_options(), data_key));
    DOUDI_TRY(parts_->open_store(data_key, false));
  }
  DOUDI_TRY(parts_->start_driver());
  return facts;
}

Status Field::lock() {
  parts_->stop_driver();
  const std::lock_guard lock(parts_->mutex);
  // Locked it is in any case: also when the log cannot be emptied.
  const Status emptied = parts_->store ? parts_->store->checkpoint() : Status{};
  parts_->close();
  return emptied;
}

Status Field::change_pin(std::string_view old_pin, std::string_view new_pin) {
  const std::lock_guard lock(parts_->mutex);
  if (!parts_->keys.exists()) return Error{"field.not_enrolled", "this tablet is not enrolled"};
  return parts_->keys.change_pin(old_pin, new_pin);
}

// With either key the tablet works on, also after a change that failed.
Status Field::Parts::change_key_and_open(std::string_view pin) {
  close();
  const Status changed = field::change_key(store_options(), keys, pin);
  DOUDI_TRY(let_in(pin, false));
  return changed;
}

Status Field::change_key(std::string_view pin) {
  Status changed;
  {
    const std::lock_guard lock(parts_->mutex);
    if (!parts_->keys.exists()) return Error{"field.not_enrolled", "this tablet is not enrolled"};
    // A wrong PIN must not close a tablet that it cannot open again.
    DOUDI_TRY(parts_->keys.unlock(pin));
  }
  parts_->stop_driver();
  {
    const std::lock_guard lock(parts_->mutex);
    changed = parts_->change_key_and_open(pin);
    if (!parts_->is_open()) return changed;
  }
  const Status started = parts_->start_driver();
  return changed.ok() ? started : changed;
}

Result<Grid> Field::Parts::grid() {
  Grid grid;
  DOUDI_TRY(store->connection().query(
      "SELECT id, name, community, street, duty_phone, backup_phone, "
      "l.scope IS NOT NULL FROM grid LEFT JOIN left_scope l ON replace(l.scope, '-', '') "
      "= lower(hex(id)) WHERE deleted = 0 ORDER BY l.scope IS NOT NULL, code LIMIT 1",
      [&](const sql::Row& row) {
        grid = {row.uuid(0),
                std::string(row.text(1)),
                std::string(row.text(2)),
                std::string(row.text(3)),
                std::string(row.text(4)),
                std::string(row.text(5)),
                row.integer(6) != 0};
        return false;
      }));
  return grid;
}

Status Field::Parts::require_held(const Uuid& household) {
  DOUDI_ASSIGN(
      const std::int64_t leaving,
      store->connection().integer(
          "SELECT (SELECT count(*) FROM household h JOIN left_scope l ON replace(l.scope, '-', '') = "
          "lower(hex(h.grid)) WHERE h.id = $1) + "
          "(SELECT count(*) FROM departing_row WHERE table_name = 'household' AND row_id = $1)",
          sql::params(household)));
  if (leaving == 0) return {};
  return Error{"field.grid_handed_over", "this household is with another worker now"};
}

FieldState Field::state() {
  const std::lock_guard lock(parts_->mutex);
  FieldState state;
  state.enrolled = parts_->keys.exists();
  state.locked = !parts_->is_open();
  state.now = parts_->options.clock.wall();
  if (state.enrolled) {
    const auto attempts = parts_->keys.attempts();
    if (attempts.ok()) {
      state.attempts_left = attempts->left;
      state.wait_s = (attempts->wait_ms + 999) / 1000;
      state.tries_exhausted = attempts->locked;
    }
  }
  if (parts_->is_open()) {
    state.worker = parts_->worker_name;
    auto grid = parts_->grid();
    if (grid.ok() && !grid->id.is_nil()) state.grid = std::move(*grid);
  }
  return state;
}

}  // namespace doudi::field
