-- SQLite takes "not a number" for NULL, which a value is not: it is said beside it, and the value is 0 then.
ALTER TABLE alerts ADD COLUMN is_nan INTEGER NOT NULL DEFAULT 0;
