-- Photos and voice notes. The row comes with its visit or lead; received_at says when all bytes were here and right.
CREATE TABLE attachment(id BLOB PRIMARY KEY CHECK(length(id)=16), grid BLOB NOT NULL, household BLOB, visit BLOB, lead BLOB,
  kind TEXT NOT NULL, media_type TEXT NOT NULL, sha256 TEXT NOT NULL, bytes INTEGER NOT NULL CHECK(bytes BETWEEN 1 AND 8388608),
  taken_at INTEGER NOT NULL, note TEXT, received_at INTEGER, deleted INTEGER NOT NULL DEFAULT 0);
CREATE INDEX attachment_grid ON attachment(grid);
CREATE INDEX attachment_household ON attachment(household);
CREATE INDEX attachment_visit ON attachment(visit);
CREATE INDEX attachment_lead ON attachment(lead);

-- The bytes lie in files below attachments/, sealed with a key of their own that exists only here. An upload whose
-- row never came stays in quarantine: nobody but its tablet can name it.
CREATE TABLE attachment_upload(id BLOB PRIMARY KEY CHECK(length(id)=16), device INTEGER NOT NULL, sha256 TEXT NOT NULL,
  bytes INTEGER NOT NULL CHECK(bytes BETWEEN 1 AND 8388608), key BLOB NOT NULL CHECK(length(key)=32),
  state TEXT NOT NULL CHECK(state IN('open','complete','rejected')), reason TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL, finished_at INTEGER);
CREATE INDEX attachment_upload_device ON attachment_upload(device, state);
