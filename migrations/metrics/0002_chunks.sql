-- Samples in compressed chunks, and a journal in front of them, in place of a row each.

DROP TABLE samples;
DROP TABLE series;

-- A series by a number that never changes.
CREATE TABLE series (
    id     INTEGER PRIMARY KEY,
    labels TEXT    NOT NULL UNIQUE  -- JSON object, keys sorted, the name of the metric as __name__
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
    times BLOB    NOT NULL
) STRICT;
CREATE INDEX chunk_times_by_end ON chunk_times (to_ms);

-- The values of one series at those times.
CREATE TABLE chunks (
    series_id INTEGER NOT NULL REFERENCES series (id),
    from_ms   INTEGER NOT NULL,
    to_ms     INTEGER NOT NULL,
    times_id  INTEGER NOT NULL,  -- of chunk_times; unchecked, because that would scan this table
    data      BLOB    NOT NULL,
    PRIMARY KEY (series_id, from_ms, times_id)
) STRICT, WITHOUT ROWID;
