-- What a release adds: a column of households, empty at first.
ALTER TABLE household ADD COLUMN key_holder TEXT;
