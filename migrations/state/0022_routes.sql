-- Routes that somebody has edited, each with what came before; an empty text goes back to the file.
CREATE TABLE notify_routes (
    version INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms   INTEGER NOT NULL,
    by      TEXT    NOT NULL,
    comment TEXT    NOT NULL,
    text    TEXT    NOT NULL
) STRICT;

-- Who is on call out of turn.
CREATE TABLE notify_overrides (
    id         TEXT    PRIMARY KEY,  -- UUIDv7
    rota       TEXT    NOT NULL,
    person     TEXT    NOT NULL,
    from_ms    INTEGER NOT NULL,
    to_ms      INTEGER NOT NULL,
    by         TEXT    NOT NULL,
    created_ms INTEGER NOT NULL
) STRICT;
