-- What samples came to in each window of time: kept when they themselves have gone.

-- The windows of a group that end in one stretch of time. A row holds those from the end of the row before,
-- exclusive, to its own end, inclusive.
CREATE TABLE rollups (
    id       INTEGER PRIMARY KEY,
    level_ms INTEGER NOT NULL,  -- how long windows are
    group_id INTEGER NOT NULL,
    to_ms    INTEGER NOT NULL,
    data     BLOB    NOT NULL,
    UNIQUE (level_ms, group_id, to_ms)
) STRICT;
CREATE INDEX rollups_by_end ON rollups (level_ms, to_ms);

-- Stretches of four hours whose samples have changed since they were rolled up.
CREATE TABLE rollup_due (
    slot_ms  INTEGER NOT NULL,
    group_id INTEGER NOT NULL,
    PRIMARY KEY (slot_ms, group_id)
) STRICT, WITHOUT ROWID;

-- How far the series of a group are rolled up.
CREATE TABLE rollup_reach (
    group_id INTEGER PRIMARY KEY,
    reach    BLOB NOT NULL
) STRICT;

-- Before which time samples (level 0) and windows have been deleted.
CREATE TABLE rollup_gone (
    level_ms  INTEGER PRIMARY KEY,
    before_ms INTEGER NOT NULL
) STRICT;

-- What is there already is rolled up as well.
INSERT OR IGNORE INTO rollup_due (slot_ms, group_id)
    SELECT from_ms - (from_ms % 14400000 + 14400000) % 14400000, group_id FROM chunks
    WHERE from_ms > -1000000000000000000;
