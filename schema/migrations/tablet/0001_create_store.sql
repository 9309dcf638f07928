-- The tablet's store. Replicated tables have exactly the columns of schema/catalog.json, an id and the mark `deleted`;
-- a test compares both. There are no foreign keys: pages and groups arrive per scope, and the district checks references.

CREATE TABLE grid(
  id BLOB PRIMARY KEY NOT NULL CHECK(length(id) = 16),
  code TEXT NOT NULL,
  name TEXT NOT NULL,
  community TEXT NOT NULL,
  street TEXT NOT NULL,
  duty_phone TEXT,
  backup_phone TEXT,
  deleted INTEGER NOT NULL DEFAULT 0);

CREATE TABLE household(
  id BLOB PRIMARY KEY NOT NULL CHECK(length(id) = 16),
  grid BLOB NOT NULL,
  door TEXT NOT NULL,
  door_order INTEGER NOT NULL,
  address TEXT NOT NULL,
  phone TEXT,
  enrolled_on TEXT NOT NULL,
  ended_on TEXT,
  end_reason TEXT,
  note TEXT,
  deleted INTEGER NOT NULL DEFAULT 0);

CREATE TABLE person(
  id BLOB PRIMARY KEY NOT NULL CHECK(length(id) = 16),
  grid BLOB NOT NULL,
  household BLOB NOT NULL,
  name TEXT NOT NULL,
  sex INTEGER NOT NULL,
  birth TEXT,
  id_number TEXT,
  relation TEXT NOT NULL,
  is_head INTEGER NOT NULL,
  phone TEXT,
  self_care TEXT,
  died_on TEXT,
  moved_on TEXT,
  deleted INTEGER NOT NULL DEFAULT 0);

CREATE TABLE person_tag(
  id BLOB PRIMARY KEY NOT NULL CHECK(length(id) = 16),
  grid BLOB NOT NULL,
  person BLOB NOT NULL,
  tag TEXT NOT NULL,
  from_on TEXT NOT NULL,
  to_on TEXT,
  source TEXT NOT NULL,
  deleted INTEGER NOT NULL DEFAULT 0);

CREATE TABLE absence(
  id BLOB PRIMARY KEY NOT NULL CHECK(length(id) = 16),
  grid BLOB NOT NULL,
  person BLOB NOT NULL,
  kind TEXT NOT NULL,
  from_on TEXT NOT NULL,
  to_on TEXT,
  deleted INTEGER NOT NULL DEFAULT 0);

CREATE TABLE visit(
  id BLOB PRIMARY KEY NOT NULL CHECK(length(id) = 16),
  grid BLOB NOT NULL,
  household BLOB NOT NULL,
  person BLOB,
  worker BLOB NOT NULL,
  seen_at INTEGER NOT NULL,
  monotonic_ms INTEGER NOT NULL,
  boot_id TEXT NOT NULL,
  received_at INTEGER,
  clock_suspect INTEGER,
  mode TEXT NOT NULL,
  outcome TEXT NOT NULL,
  form TEXT NOT NULL,
  form_version INTEGER NOT NULL,
  makeup_for TEXT,
  leaflet_given INTEGER NOT NULL,
  leaflet_posted INTEGER NOT NULL,
  note TEXT,
  void_reason TEXT,
  deleted INTEGER NOT NULL DEFAULT 0);

CREATE TABLE visit_answer(
  id BLOB PRIMARY KEY NOT NULL CHECK(length(id) = 16),
  grid BLOB NOT NULL,
  visit BLOB NOT NULL,
  question TEXT NOT NULL,
  answer TEXT NOT NULL,
  deleted INTEGER NOT NULL DEFAULT 0);

CREATE TABLE lead(
  id BLOB PRIMARY KEY NOT NULL CHECK(length(id) = 16),
  grid BLOB NOT NULL,
  household BLOB,
  person BLOB,
  visit BLOB,
  worker BLOB NOT NULL,
  source TEXT NOT NULL,
  category TEXT NOT NULL,
  grade_rule INTEGER,
  grade_worker INTEGER,
  rules_hit TEXT,
  rule_set TEXT NOT NULL,
  found_at INTEGER NOT NULL,
  monotonic_ms INTEGER NOT NULL,
  boot_id TEXT NOT NULL,
  description TEXT NOT NULL,
  place TEXT,
  urgent_need TEXT,
  offline_call_at INTEGER,
  offline_call_result TEXT,
  restricted INTEGER NOT NULL,
  state TEXT NOT NULL,
  received_at INTEGER,
  found_corrected_at INTEGER,
  clock_suspect INTEGER,
  due_at INTEGER,
  entry_no TEXT,
  accepted_at INTEGER,
  reply TEXT,
  deleted INTEGER NOT NULL DEFAULT 0);

CREATE INDEX household_by_door ON household(grid, door_order);
CREATE INDEX person_by_household ON person(household);
CREATE INDEX person_tag_by_person ON person_tag(person);
CREATE INDEX absence_by_person ON absence(person);
CREATE INDEX visit_by_household ON visit(household, seen_at);
CREATE INDEX visit_by_time ON visit(seen_at);
CREATE INDEX visit_answer_by_visit ON visit_answer(visit);
CREATE INDEX lead_by_state ON lead(state);
CREATE INDEX lead_by_household ON lead(household);
