-- Servers that somebody stopped: they stay so, whatever happens to the product meanwhile.
CREATE TABLE stops (
    server TEXT    NOT NULL PRIMARY KEY,
    actor  TEXT    NOT NULL,
    at_ms  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
