-- Digests of parts of a scope, and what was repaired.

-- Rows as they were before the district's took their place, or that the district does not have: kept, never dropped.
-- `body` is the row as it goes over the wire.
CREATE TABLE set_aside_row(id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, scope TEXT NOT NULL,
  table_name TEXT NOT NULL, row_id BLOB NOT NULL, reason TEXT NOT NULL CHECK(reason IN('replaced','absent')),
  body BLOB NOT NULL);
CREATE INDEX set_aside_row_id ON set_aside_row(row_id);

-- When the rows of a scope were last counted against its digest, and when a comparison with the district last began.
CREATE TABLE scope_check(scope TEXT PRIMARY KEY NOT NULL, counted_ms INTEGER NOT NULL, compared_ms INTEGER);

-- The highest ledger number ever seen of each row of numbers: a restored district must not issue it again.
CREATE TABLE entry_number(prefix TEXT PRIMARY KEY NOT NULL, highest INTEGER NOT NULL);
