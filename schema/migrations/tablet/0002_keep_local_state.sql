-- What the tablet keeps for itself: the captured operations, the groups they were saved in, positions, drafts, settings.

-- Written by the capture triggers. group_seq holds op_group.id; it is empty only inside the transaction that makes the group.
CREATE TABLE op_log(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  group_seq INTEGER,
  table_name TEXT NOT NULL,
  row_id BLOB NOT NULL,
  kind INTEGER NOT NULL,
  changes TEXT NOT NULL);
CREATE INDEX op_log_by_group ON op_log(group_seq, id);
CREATE INDEX op_log_by_row ON op_log(table_name, row_id);

-- Captured while `capturing` is 1; pages of the district are applied with 0, inside their transaction.
CREATE TABLE capture_state(id INTEGER PRIMARY KEY CHECK(id = 1), group_seq INTEGER, capturing INTEGER NOT NULL);
INSERT INTO capture_state(id, group_seq, capturing) VALUES(1, NULL, 1);

-- A group never leaves this table. `id` is the order of saving; (incarnation, seq) is its name on the wire.
CREATE TABLE op_group(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  incarnation INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  lane INTEGER NOT NULL,
  hash BLOB NOT NULL CHECK(length(hash) = 32),
  previous BLOB NOT NULL CHECK(length(previous) = 32),
  schema_version INTEGER NOT NULL,
  assignment_version INTEGER NOT NULL,
  wall_ms INTEGER NOT NULL,
  monotonic_ms INTEGER NOT NULL,
  boot_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  household BLOB,
  state TEXT NOT NULL CHECK(state IN ('unsent', 'acknowledged')),
  verdict INTEGER,
  reason TEXT NOT NULL DEFAULT '',
  UNIQUE(incarnation, seq));
CREATE INDEX op_group_unsent ON op_group(id) WHERE state = 'unsent';

-- How much was ever sealed: compared with the seal file at every opening.
CREATE TABLE seal_state(id INTEGER PRIMARY KEY CHECK(id = 1), number INTEGER NOT NULL, hash BLOB NOT NULL);

CREATE TABLE cursor(scope TEXT PRIMARY KEY NOT NULL, position INTEGER NOT NULL);
CREATE TABLE server_digest(scope TEXT PRIMARY KEY NOT NULL, digest TEXT NOT NULL, position INTEGER NOT NULL);
CREATE TABLE local_digest(scope TEXT PRIMARY KEY NOT NULL, digest TEXT NOT NULL);
CREATE TABLE draft(household BLOB PRIMARY KEY NOT NULL, body TEXT NOT NULL, saved_at INTEGER NOT NULL);
CREATE TABLE setting(key TEXT PRIMARY KEY NOT NULL, value);
CREATE TABLE sync_point(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  server_time INTEGER NOT NULL,
  wall_ms INTEGER NOT NULL,
  monotonic_ms INTEGER NOT NULL,
  boot_id TEXT NOT NULL);
CREATE TABLE incident(id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL);
