-- Scopes the tablet no longer holds, and rows that moved to another grid: both go as soon as nothing unsent hangs on them.
CREATE TABLE left_scope(scope TEXT PRIMARY KEY NOT NULL, noticed_at INTEGER NOT NULL, purged_at INTEGER);
CREATE TABLE departing_row(table_name TEXT NOT NULL, row_id BLOB NOT NULL, scope TEXT NOT NULL,
  PRIMARY KEY(table_name, row_id, scope)) WITHOUT ROWID;
