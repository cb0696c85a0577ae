-- Native histograms: a row has those of one series over one stretch of time.

CREATE TABLE histogram_chunks (
    id        INTEGER PRIMARY KEY,
    series_id INTEGER NOT NULL,
    from_ms   INTEGER NOT NULL,
    to_ms     INTEGER NOT NULL,
    count     INTEGER NOT NULL,  -- how many it has
    data      BLOB    NOT NULL
) STRICT;
CREATE INDEX histogram_chunks_by_series ON histogram_chunks (series_id, from_ms, to_ms);
CREATE INDEX histogram_chunks_by_end ON histogram_chunks (to_ms);
