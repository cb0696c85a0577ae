-- Lists of definitions that taps and proxies saw, from the moment their batch is noted until they are compared; of a
-- server and a kind at most two.
CREATE TABLE told_definitions (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    server      TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    at_ms       INTEGER NOT NULL,  -- when it was seen
    definitions TEXT    NOT NULL   -- JSON array
) STRICT;

-- When the newest list was seen that was told and not probed; 0: none was told.
ALTER TABLE definition_lists ADD COLUMN told_ms INTEGER NOT NULL DEFAULT 0;
