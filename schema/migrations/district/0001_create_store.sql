-- The district store. Replicated tables have the columns of schema/catalog.json and `deleted`; rows are marked, never
-- removed. References between them are checked when a group is applied and by `verify`: an emergency may overtake its parents.
CREATE TABLE setting(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE grid(id BLOB PRIMARY KEY CHECK(length(id)=16), code TEXT NOT NULL UNIQUE, name TEXT NOT NULL, community TEXT NOT NULL,
  street TEXT NOT NULL, duty_phone TEXT, backup_phone TEXT, deleted INTEGER NOT NULL DEFAULT 0);
CREATE TABLE household(id BLOB PRIMARY KEY CHECK(length(id)=16), grid BLOB NOT NULL, door TEXT NOT NULL, door_order INTEGER NOT NULL,
  address TEXT NOT NULL, phone TEXT, enrolled_on TEXT NOT NULL, ended_on TEXT, end_reason TEXT, note TEXT,
  deleted INTEGER NOT NULL DEFAULT 0);
CREATE INDEX household_grid ON household(grid);
CREATE TABLE person(id BLOB PRIMARY KEY CHECK(length(id)=16), grid BLOB NOT NULL, household BLOB NOT NULL, name TEXT NOT NULL,
  sex INTEGER NOT NULL, birth TEXT, id_number TEXT, relation TEXT NOT NULL, is_head INTEGER NOT NULL, phone TEXT, self_care TEXT,
  died_on TEXT, moved_on TEXT, deleted INTEGER NOT NULL DEFAULT 0);
CREATE INDEX person_household ON person(household);
CREATE INDEX person_grid ON person(grid);
CREATE INDEX person_id_number ON person(id_number) WHERE id_number IS NOT NULL;
CREATE TABLE person_tag(id BLOB PRIMARY KEY CHECK(length(id)=16), grid BLOB NOT NULL, person BLOB NOT NULL, tag TEXT NOT NULL,
  from_on TEXT NOT NULL, to_on TEXT, source TEXT NOT NULL, deleted INTEGER NOT NULL DEFAULT 0);
CREATE INDEX person_tag_person ON person_tag(person);
CREATE INDEX person_tag_grid ON person_tag(grid);
CREATE TABLE absence(id BLOB PRIMARY KEY CHECK(length(id)=16), grid BLOB NOT NULL, person BLOB NOT NULL, kind TEXT NOT NULL,
  from_on TEXT NOT NULL, to_on TEXT, deleted INTEGER NOT NULL DEFAULT 0);
CREATE INDEX absence_grid ON absence(grid);
CREATE TABLE visit(id BLOB PRIMARY KEY CHECK(length(id)=16), grid BLOB NOT NULL, household BLOB NOT NULL, person BLOB,
  worker BLOB NOT NULL, seen_at INTEGER NOT NULL, monotonic_ms INTEGER NOT NULL, boot_id TEXT NOT NULL, received_at INTEGER,
  clock_suspect INTEGER, mode TEXT NOT NULL, outcome TEXT NOT NULL, form TEXT NOT NULL, form_version INTEGER NOT NULL,
  makeup_for TEXT, leaflet_given INTEGER NOT NULL, leaflet_posted INTEGER NOT NULL, note TEXT, void_reason TEXT,
  deleted INTEGER NOT NULL DEFAULT 0);
CREATE INDEX visit_grid_seen ON visit(grid, seen_at);
CREATE INDEX visit_household ON visit(household, seen_at);
CREATE TABLE visit_answer(id BLOB PRIMARY KEY CHECK(length(id)=16), grid BLOB NOT NULL, visit BLOB NOT NULL, question TEXT NOT NULL,
  answer TEXT NOT NULL, deleted INTEGER NOT NULL DEFAULT 0);
CREATE INDEX visit_answer_visit ON visit_answer(visit);
CREATE TABLE lead(id BLOB PRIMARY KEY CHECK(length(id)=16), grid BLOB NOT NULL, household BLOB, person BLOB, visit BLOB,
  worker BLOB NOT NULL, source TEXT NOT NULL, category TEXT NOT NULL, grade_rule INTEGER, grade_worker INTEGER, rules_hit TEXT,
  rule_set TEXT NOT NULL, found_at INTEGER NOT NULL, monotonic_ms INTEGER NOT NULL, boot_id TEXT NOT NULL,
  description TEXT NOT NULL, place TEXT, urgent_need TEXT, offline_call_at INTEGER, offline_call_result TEXT,
  restricted INTEGER NOT NULL, state TEXT NOT NULL, received_at INTEGER, found_corrected_at INTEGER, clock_suspect INTEGER,
  due_at INTEGER, entry_no TEXT, accepted_at INTEGER, reply TEXT, deleted INTEGER NOT NULL DEFAULT 0);
CREATE INDEX lead_state_due ON lead(state, due_at);
CREATE INDEX lead_received ON lead(received_at);
CREATE INDEX lead_grid ON lead(grid);

-- Which page of the feed shows a row: one place per row, so a pull carries the newest state once.
CREATE TABLE scope(id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, position INTEGER NOT NULL DEFAULT 0,
  digest_high INTEGER NOT NULL DEFAULT 0, digest_low INTEGER NOT NULL DEFAULT 0);
CREATE TABLE row_feed(table_no INTEGER NOT NULL, row_id BLOB NOT NULL, scope INTEGER NOT NULL, position INTEGER NOT NULL,
  PRIMARY KEY(table_no, row_id)) WITHOUT ROWID;
CREATE INDEX row_feed_position ON row_feed(scope, position);

CREATE TABLE account(id BLOB PRIMARY KEY, login TEXT NOT NULL UNIQUE, name TEXT NOT NULL, password TEXT,
  state TEXT NOT NULL DEFAULT 'active' CHECK(state IN('active','locked','left')), created_at INTEGER NOT NULL);
CREATE TABLE account_role(account BLOB NOT NULL REFERENCES account(id), role TEXT NOT NULL, scope TEXT NOT NULL,
  PRIMARY KEY(account, role, scope)) WITHOUT ROWID;
-- A duty names the assignment versions it held for: work recorded under an earlier version still counts as the worker's.
CREATE TABLE grid_duty(grid BLOB NOT NULL, account BLOB NOT NULL REFERENCES account(id), from_version INTEGER NOT NULL,
  to_version INTEGER, PRIMARY KEY(grid, account, from_version)) WITHOUT ROWID;
CREATE INDEX grid_duty_account ON grid_duty(account);

CREATE TABLE device(number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, account BLOB NOT NULL REFERENCES account(id),
  label TEXT NOT NULL, public_key BLOB NOT NULL, algorithm TEXT NOT NULL DEFAULT 'ed25519',
  state TEXT NOT NULL DEFAULT 'active' CHECK(state IN('active','revoked')), enrolled_at INTEGER NOT NULL,
  last_contact_at INTEGER, last_sync_at INTEGER, unsent INTEGER NOT NULL DEFAULT 0, oldest_unsent_at INTEGER,
  program_version TEXT, clock_offset_ms INTEGER, incarnation INTEGER NOT NULL DEFAULT 1);
CREATE TABLE device_sync_point(device INTEGER NOT NULL REFERENCES device(number), server_at INTEGER NOT NULL,
  device_at INTEGER NOT NULL, monotonic_ms INTEGER NOT NULL, boot_id TEXT NOT NULL,
  PRIMARY KEY(device, server_at)) WITHOUT ROWID;
-- A wrong code counts against every code that is open at that moment: nobody knows which one was meant.
CREATE TABLE enrolment_code(hash BLOB PRIMARY KEY, account BLOB NOT NULL REFERENCES account(id), made_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0, used_at INTEGER) WITHOUT ROWID;

CREATE TABLE device_group(device INTEGER NOT NULL, incarnation INTEGER NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL,
  previous BLOB NOT NULL, verdict INTEGER NOT NULL, reason TEXT NOT NULL, received_at INTEGER NOT NULL, bytes BLOB NOT NULL,
  PRIMARY KEY(device, incarnation, seq)) WITHOUT ROWID;
-- End of the gapless prefix; an emergency group may lie beyond it.
CREATE TABLE device_chain(device INTEGER NOT NULL, incarnation INTEGER NOT NULL, known_seq INTEGER NOT NULL,
  max_seq INTEGER NOT NULL, PRIMARY KEY(device, incarnation)) WITHOUT ROWID;
-- Groups that contradict the chain of their device: both branches are kept.
CREATE TABLE forked_group(device INTEGER NOT NULL, incarnation INTEGER NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL,
  received_at INTEGER NOT NULL, frame BLOB NOT NULL, PRIMARY KEY(device, incarnation, seq, hash)) WITHOUT ROWID;
-- Groups that could not be applied, whole and replayable.
CREATE TABLE quarantine(device INTEGER NOT NULL, incarnation INTEGER NOT NULL, seq INTEGER NOT NULL, verdict INTEGER NOT NULL,
  reason TEXT NOT NULL, received_at INTEGER NOT NULL, frame BLOB NOT NULL, closed_at INTEGER,
  PRIMARY KEY(device, incarnation, seq)) WITHOUT ROWID;
CREATE TABLE conflict(number INTEGER PRIMARY KEY, at INTEGER NOT NULL, device INTEGER, incarnation INTEGER, seq INTEGER,
  table_name TEXT NOT NULL, row_id BLOB NOT NULL, column_name TEXT NOT NULL, rule TEXT NOT NULL, base_value, current_value,
  next_value, kept_value, reason TEXT NOT NULL, grid BLOB, closed_at INTEGER, closed_by BLOB);
CREATE INDEX conflict_open ON conflict(closed_at, at);

CREATE TABLE lead_receipt(lead BLOB PRIMARY KEY, device INTEGER, received_at INTEGER NOT NULL, found_at INTEGER NOT NULL,
  overdue_on_arrival INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE TABLE ledger_counter(year INTEGER PRIMARY KEY, last INTEGER NOT NULL);
CREATE TABLE ledger_entry(id BLOB PRIMARY KEY, number TEXT NOT NULL UNIQUE, lead BLOB NOT NULL UNIQUE, grid BLOB NOT NULL,
  household BLOB, person BLOB, category TEXT NOT NULL, grade INTEGER NOT NULL CHECK(grade IN(1,2)), state TEXT NOT NULL,
  accepted_at INTEGER NOT NULL, accepted_by BLOB NOT NULL, due_at INTEGER, overdue_on_arrival INTEGER NOT NULL, pack TEXT NOT NULL);
CREATE INDEX ledger_entry_accepted ON ledger_entry(accepted_at);
-- Insert only; each event carries the hash of the one before it in the same lead.
CREATE TABLE ledger_event(number INTEGER PRIMARY KEY, lead BLOB NOT NULL, entry BLOB, action TEXT NOT NULL, from_state TEXT NOT NULL,
  to_state TEXT NOT NULL, by_account BLOB, by_name TEXT NOT NULL, by_role TEXT NOT NULL, at INTEGER NOT NULL, reason TEXT NOT NULL,
  details TEXT NOT NULL, previous_hash BLOB NOT NULL, hash BLOB NOT NULL);
CREATE INDEX ledger_event_lead ON ledger_event(lead, number);
CREATE TRIGGER ledger_event_fixed BEFORE UPDATE ON ledger_event BEGIN SELECT RAISE(ABORT, 'ledger events are never changed'); END;
CREATE TRIGGER ledger_event_kept BEFORE DELETE ON ledger_event BEGIN SELECT RAISE(ABORT, 'ledger events are never removed'); END;
CREATE TABLE clock(id BLOB PRIMARY KEY, lead BLOB NOT NULL, kind TEXT NOT NULL, basis TEXT NOT NULL, amount INTEGER NOT NULL,
  started_at INTEGER NOT NULL, due_at INTEGER NOT NULL, stopped_at INTEGER, source TEXT NOT NULL);
CREATE INDEX clock_lead ON clock(lead);

CREATE TABLE audit_log(number INTEGER PRIMARY KEY, at INTEGER NOT NULL, account BLOB, device INTEGER, action TEXT NOT NULL,
  object_kind TEXT NOT NULL, object BLOB, reason TEXT NOT NULL, previous_hash BLOB NOT NULL, hash BLOB NOT NULL);
CREATE TRIGGER audit_log_fixed BEFORE UPDATE ON audit_log BEGIN SELECT RAISE(ABORT, 'audit records are never changed'); END;
CREATE TRIGGER audit_log_kept BEFORE DELETE ON audit_log BEGIN SELECT RAISE(ABORT, 'audit records are never removed'); END;

-- What a roster row became: the same file again finds it here and changes nothing.
CREATE TABLE roster_household(grid BLOB NOT NULL, number TEXT NOT NULL, household BLOB NOT NULL,
  PRIMARY KEY(grid, number)) WITHOUT ROWID;
CREATE TABLE roster_person(key TEXT PRIMARY KEY, person BLOB NOT NULL) WITHOUT ROWID;
