-- What people and programs tell of marks. `key` is theirs: the same again is the same mark.
ALTER TABLE events ADD COLUMN text TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';  -- a JSON list
ALTER TABLE events ADD COLUMN actor TEXT NOT NULL DEFAULT '';   -- empty: the product itself
ALTER TABLE events ADD COLUMN key TEXT;
CREATE UNIQUE INDEX events_by_key ON events (key) WHERE key IS NOT NULL;
