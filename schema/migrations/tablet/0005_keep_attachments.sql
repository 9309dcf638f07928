-- Photos and voice notes. The row travels with its visit or lead; the bytes follow in pieces, last of all.
CREATE TABLE attachment(
  id BLOB PRIMARY KEY NOT NULL CHECK(length(id) = 16),
  grid BLOB NOT NULL,
  household BLOB,
  visit BLOB,
  lead BLOB,
  kind TEXT NOT NULL,
  media_type TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  taken_at INTEGER NOT NULL,
  note TEXT,
  received_at INTEGER,
  deleted INTEGER NOT NULL DEFAULT 0);
CREATE INDEX attachment_by_visit ON attachment(visit);
CREATE INDEX attachment_by_lead ON attachment(lead);

-- What this tablet holds itself: taken and not yet saved with a form (staged), then on its way. after_group is the newest
-- op_group when the district had all bytes: a backup that holds a later group holds the photo too.
CREATE TABLE attachment_local(
  id BLOB PRIMARY KEY NOT NULL CHECK(length(id) = 16),
  state TEXT NOT NULL CHECK(state IN ('staged', 'waiting', 'uploading', 'uploaded', 'rejected')),
  kind TEXT NOT NULL,
  media_type TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  taken_at INTEGER NOT NULL,
  sent INTEGER NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT '',
  after_group INTEGER NOT NULL DEFAULT 0,
  changed_at INTEGER NOT NULL);
CREATE INDEX attachment_local_by_state ON attachment_local(state, changed_at);

-- The content in pieces of 256 KiB, named by the hash of the whole: the same photo is kept once.
CREATE TABLE attachment_chunk(
  sha256 TEXT NOT NULL,
  number INTEGER NOT NULL,
  content BLOB NOT NULL CHECK(length(content) <= 262144),
  UNIQUE(sha256, number));
