-- Samples, plainly: a row each.

CREATE TABLE series (
    id     INTEGER PRIMARY KEY,
    name   TEXT    NOT NULL,
    labels TEXT    NOT NULL,  -- JSON object, keys sorted
    UNIQUE (name, labels)
) STRICT;

CREATE TABLE samples (
    series_id INTEGER NOT NULL REFERENCES series (id),
    at_ms     INTEGER NOT NULL,
    value     REAL    NOT NULL,
    PRIMARY KEY (series_id, at_ms)
) STRICT, WITHOUT ROWID;
CREATE INDEX samples_by_time ON samples (at_ms);
