-- Signs of attacks and secrets in real traffic: which kind, in which call and field; never the text. They stand on their
-- own, because they are kept for longer than the calls they were found in.
CREATE TABLE call_signs (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    -- The number of the call; nothing where calls are not kept.
    call    INTEGER,
    at_ms   INTEGER NOT NULL,
    server  TEXT    NOT NULL,
    session TEXT    NOT NULL,
    client  TEXT,
    method  TEXT    NOT NULL,
    target  TEXT,
    what    TEXT    NOT NULL,
    place   TEXT    NOT NULL
) STRICT;
CREATE INDEX call_signs_by_call ON call_signs (call);
CREATE INDEX call_signs_by_time ON call_signs (at_ms);
