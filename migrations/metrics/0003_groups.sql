-- Chunks of a few series of one metric share a row, because they are asked for together.

DROP TABLE chunks;
DROP TABLE chunk_times;
DROP TABLE journal;
DROP TABLE series;

-- The series of a group, with their numbers, which never change, and their labels: as a blob, because
-- they differ in a few letters.
CREATE TABLE series (
    group_id INTEGER PRIMARY KEY,
    members  BLOB NOT NULL
) STRICT;

-- What each commit brought, until it is in chunks.
CREATE TABLE journal (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    entry BLOB NOT NULL
) STRICT;

-- The times of samples, once for all series that share them.
CREATE TABLE chunk_times (
    id    INTEGER PRIMARY KEY,
    to_ms INTEGER NOT NULL,
    count INTEGER NOT NULL,
    uses  INTEGER NOT NULL,  -- how many chunks name it
    times BLOB    NOT NULL
) STRICT;
CREATE INDEX chunk_times_by_end ON chunk_times (to_ms);

-- The values of a group of series at those times.
CREATE TABLE chunks (
    id       INTEGER PRIMARY KEY,
    group_id INTEGER NOT NULL,
    from_ms  INTEGER NOT NULL,
    to_ms    INTEGER NOT NULL,
    data     BLOB    NOT NULL
) STRICT;
CREATE INDEX chunks_by_group ON chunks (group_id, from_ms, to_ms);
