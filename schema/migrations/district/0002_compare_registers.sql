-- Lists compared with the register, and what was found.
-- The newest ready list of a kind is the one compared; the rows of an older one are removed, its line stays.
CREATE TABLE register_list(id INTEGER PRIMARY KEY, kind TEXT NOT NULL, file_name TEXT NOT NULL, file_hash BLOB NOT NULL,
  rows INTEGER NOT NULL, state TEXT NOT NULL CHECK(state IN('loading','ready','replaced')), imported_at INTEGER NOT NULL,
  by_account BLOB, by_name TEXT NOT NULL);
CREATE INDEX register_list_kind ON register_list(kind, state);
CREATE TABLE register_row(list INTEGER NOT NULL REFERENCES register_list(id), row INTEGER NOT NULL, name TEXT NOT NULL,
  id_number TEXT NOT NULL, birth TEXT, household TEXT NOT NULL, dibao_class TEXT NOT NULL, household_persons INTEGER,
  insured_persons INTEGER, exempt INTEGER NOT NULL, PRIMARY KEY(list, row)) WITHOUT ROWID;

-- `others` are the kinds joined with '+'.
CREATE TABLE comparison_run(id INTEGER PRIMARY KEY, first TEXT NOT NULL, others TEXT NOT NULL,
  state TEXT NOT NULL CHECK(state IN('running','done','failed')), started_at INTEGER NOT NULL, finished_at INTEGER,
  by_account BLOB, by_name TEXT NOT NULL, rows INTEGER NOT NULL DEFAULT 0, matched INTEGER NOT NULL DEFAULT 0,
  clean INTEGER NOT NULL DEFAULT 0, notes INTEGER NOT NULL DEFAULT 0, added INTEGER NOT NULL DEFAULT 0,
  gone INTEGER NOT NULL DEFAULT 0);
CREATE INDEX comparison_run_lists ON comparison_run(first, others, id);
-- One row for what is wrong with one person between two lists, however often it is found. A finding that was not found
-- again keeps its row and its reason; it comes back with both.
CREATE TABLE comparison_finding(number INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE CHECK(length(key)=16), first TEXT NOT NULL,
  others TEXT NOT NULL, code TEXT NOT NULL, name TEXT NOT NULL, id_number TEXT NOT NULL, household TEXT NOT NULL,
  list TEXT NOT NULL, row INTEGER NOT NULL, other_list TEXT NOT NULL, other_row INTEGER NOT NULL, other_name TEXT NOT NULL,
  other_number TEXT NOT NULL, other_household TEXT NOT NULL, action TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'open' CHECK(state IN('open','explained','lead')), first_run INTEGER NOT NULL,
  last_run INTEGER NOT NULL, decided_at INTEGER, decided_by BLOB, decided_name TEXT, reason TEXT, lead BLOB);
CREATE INDEX comparison_finding_lists ON comparison_finding(first, others, code, number);
