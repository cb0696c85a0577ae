-- Since when each check is as it is, so that one that fails over a restart fails since then. What it measured are
-- samples.
CREATE TABLE checks (
    name     TEXT    NOT NULL PRIMARY KEY,
    level    TEXT    NOT NULL,
    since_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
