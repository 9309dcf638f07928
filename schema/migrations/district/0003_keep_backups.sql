-- Backups, the epoch of a restored store, and how far a backup holds what tablets sent.

-- The digest a scope had at each of its newest positions: a tablet that saw another one there saw another history.
CREATE TABLE scope_history(scope INTEGER NOT NULL, position INTEGER NOT NULL, digest_low INTEGER NOT NULL,
  PRIMARY KEY(scope, position)) WITHOUT ROWID;

-- A backup counts only when it was restored to a scratch file and compared.
CREATE TABLE backup(number INTEGER PRIMARY KEY, made_at INTEGER NOT NULL, good_at INTEGER, generation INTEGER NOT NULL,
  file TEXT NOT NULL, bytes INTEGER NOT NULL, sha256 BLOB, fault TEXT NOT NULL DEFAULT '');
-- Groups of a device up to here are in a good backup.
CREATE TABLE device_backup(device INTEGER NOT NULL, incarnation INTEGER NOT NULL, seq INTEGER NOT NULL,
  PRIMARY KEY(device, incarnation)) WITHOUT ROWID;

-- What a person has to hear about: a tablet that differed, a history that went back, a digest that was wrong.
CREATE TABLE sync_incident(number INTEGER PRIMARY KEY, at INTEGER NOT NULL, device INTEGER, kind TEXT NOT NULL, scope TEXT,
  detail TEXT NOT NULL, closed_at INTEGER);
CREATE INDEX sync_incident_device ON sync_incident(device, at);
