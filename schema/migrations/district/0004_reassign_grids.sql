-- Grids handed over, what tablets still hold of them, and proposals to merge.

-- A row that moved to another scope: tablets of the old one are told to drop it, in the order of its feed.
CREATE TABLE scope_departure(scope INTEGER NOT NULL, table_no INTEGER NOT NULL, row_id BLOB NOT NULL,
  position INTEGER NOT NULL, PRIMARY KEY(scope, table_no, row_id)) WITHOUT ROWID;
CREATE INDEX scope_departure_position ON scope_departure(scope, position);
CREATE INDEX scope_departure_row ON scope_departure(table_no, row_id);

-- What a tablet was given. left_at: the worker does not have the grid any more; purged_at: the tablet said its rows are gone.
CREATE TABLE device_scope(device INTEGER NOT NULL REFERENCES device(number), scope TEXT NOT NULL, left_at INTEGER,
  purged_at INTEGER, PRIMARY KEY(device, scope)) WITHOUT ROWID;

-- The same household or person recorded twice. `first` was here before; a pair is proposed once.
CREATE TABLE merge_proposal(number INTEGER PRIMARY KEY, at INTEGER NOT NULL, table_name TEXT NOT NULL, first BLOB NOT NULL,
  second BLOB NOT NULL, reason TEXT NOT NULL, grid BLOB, device INTEGER, outcome TEXT CHECK(outcome IN('merged','different')),
  winner BLOB, closed_at INTEGER, closed_by BLOB, UNIQUE(first, second));
CREATE INDEX merge_proposal_open ON merge_proposal(closed_at, at);
-- Where a merged row went: later operations on it are shown there.
CREATE TABLE merged_row(loser BLOB PRIMARY KEY, table_name TEXT NOT NULL, winner BLOB NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX household_address ON household(address, door);

ALTER TABLE conflict ADD COLUMN outcome TEXT CHECK(outcome IN('kept','taken'));
