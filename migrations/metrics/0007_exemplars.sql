-- Exemplars: the newest so many, as they were in memory.

CREATE TABLE exemplars (
    id        INTEGER PRIMARY KEY,  -- they are numbered in the order in which they came
    series_id INTEGER NOT NULL,
    at_ms     INTEGER NOT NULL,
    is_dated  INTEGER NOT NULL,     -- whether whoever told of it said when
    value     INTEGER NOT NULL,     -- the bits of the number
    labels    TEXT    NOT NULL      -- JSON object
) STRICT;
