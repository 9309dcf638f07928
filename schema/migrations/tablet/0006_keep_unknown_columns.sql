-- What a newer program wrote is kept until this one is updated. `extra` holds the columns of a row that the catalog of this
-- program does not name; nothing in nearly every row.
ALTER TABLE grid ADD COLUMN extra BLOB;
ALTER TABLE household ADD COLUMN extra BLOB;
ALTER TABLE person ADD COLUMN extra BLOB;
ALTER TABLE person_tag ADD COLUMN extra BLOB;
ALTER TABLE absence ADD COLUMN extra BLOB;
ALTER TABLE visit ADD COLUMN extra BLOB;
ALTER TABLE visit_answer ADD COLUMN extra BLOB;
ALTER TABLE lead ADD COLUMN extra BLOB;
ALTER TABLE attachment ADD COLUMN extra BLOB;

-- Rows of tables this program does not know, whole: all but the grid is in `extra`.
CREATE TABLE kept_row(table_name TEXT NOT NULL, id BLOB NOT NULL CHECK(length(id)=16), grid BLOB NOT NULL, extra BLOB,
  deleted INTEGER NOT NULL DEFAULT 0, PRIMARY KEY(table_name, id)) WITHOUT ROWID;
CREATE INDEX kept_row_grid ON kept_row(grid);
