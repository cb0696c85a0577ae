-- Which alerts nobody is told of, from when to when. Ended ones stay for as long as alerts do.
CREATE TABLE silences (
    id         TEXT    PRIMARY KEY,  -- UUIDv7
    matchers   TEXT    NOT NULL,     -- in Alertmanager's syntax, with commas between
    starts_ms  INTEGER NOT NULL,
    ends_ms    INTEGER NOT NULL,
    by         TEXT    NOT NULL,
    comment    TEXT    NOT NULL,
    created_ms INTEGER NOT NULL,
    ended_by   TEXT                  -- who ended it before its time
) STRICT;
CREATE INDEX silences_by_end ON silences (ends_ms);
