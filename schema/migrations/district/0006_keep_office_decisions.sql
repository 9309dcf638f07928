-- What a person decided about a group that waited, and failed sign-ins, so that a restart lifts no lock.
ALTER TABLE quarantine ADD COLUMN outcome TEXT CHECK(outcome IN('taken','closed'));
ALTER TABLE quarantine ADD COLUMN closed_by BLOB;
ALTER TABLE quarantine ADD COLUMN closed_reason TEXT;
CREATE TABLE sign_in_failure(login BLOB PRIMARY KEY, count INTEGER NOT NULL, last_at INTEGER NOT NULL) WITHOUT ROWID;
