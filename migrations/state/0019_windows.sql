-- Maintenance windows: which alerts nobody is told of, at times that a calendar or two dates say.
CREATE TABLE maintenance_windows (
    id         TEXT    PRIMARY KEY,  -- UUIDv7
    name       TEXT    NOT NULL,
    matchers   TEXT    NOT NULL,     -- in Alertmanager's syntax, with commas between
    calendar   TEXT,                 -- JSON: lists as people write them; NULL where it is once
    starts_ms  INTEGER,              -- where it is once
    ends_ms    INTEGER,
    comment    TEXT    NOT NULL,
    by         TEXT    NOT NULL,
    created_ms INTEGER NOT NULL,
    changed_by TEXT,
    changed_ms INTEGER,
    ended_by   TEXT,                 -- who ended it for good
    ended_ms   INTEGER,
    holes      TEXT    NOT NULL      -- JSON: occurrences that somebody ended before their time
) STRICT;
