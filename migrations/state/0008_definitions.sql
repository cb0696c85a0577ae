-- What servers list about themselves (tools, prompts, resources, templates, instructions), what of it people approved,
-- and what changed. A hash is SHA-256 of the canonical JSON (RFC 8785), 64 hexadecimal digits; an empty one stands for
-- a definition that is not there.

-- A list that was read to its end: what a server has at first sight is its baseline, what comes later is a change.
CREATE TABLE definition_lists (
    server   TEXT    NOT NULL,
    kind     TEXT    NOT NULL,
    first_ms INTEGER NOT NULL,
    seen_ms  INTEGER NOT NULL,  -- at most some minutes behind
    PRIMARY KEY (server, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE definitions (
    server   TEXT    NOT NULL,
    kind     TEXT    NOT NULL,
    name     TEXT    NOT NULL,
    hash     TEXT    NOT NULL,  -- as listed last
    approved TEXT    NOT NULL,
    since_ms INTEGER NOT NULL,  -- since when it is as it is
    PRIMARY KEY (server, kind, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE definition_versions (
    server   TEXT    NOT NULL,
    kind     TEXT    NOT NULL,
    name     TEXT    NOT NULL,
    hash     TEXT    NOT NULL,
    body     TEXT    NOT NULL,  -- canonical JSON
    first_ms INTEGER NOT NULL,
    last_ms  INTEGER NOT NULL,  -- when it was replaced or, while it is listed, first seen
    PRIMARY KEY (server, kind, name, hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE definition_changes (
    id         INTEGER PRIMARY KEY,
    at_ms      INTEGER NOT NULL,
    server     TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    old_hash   TEXT    NOT NULL,  -- what was approved
    new_hash   TEXT    NOT NULL,
    classes    TEXT    NOT NULL,  -- JSON array of words, the worst first
    breaking   TEXT    NOT NULL,  -- JSON array of sentences
    suspicions TEXT    NOT NULL,  -- JSON array of objects
    state      TEXT    NOT NULL,
    is_open    INTEGER NOT NULL,  -- whether it is what is listed and nobody has agreed to it
    actor      TEXT    NOT NULL,  -- who decided; empty: nobody
    decided_ms INTEGER NOT NULL,
    comment    TEXT    NOT NULL
) STRICT;
CREATE INDEX definition_changes_open ON definition_changes (server, kind, name) WHERE is_open = 1;
CREATE INDEX definition_changes_by_name ON definition_changes (server, kind, name, id);
CREATE INDEX definition_changes_by_time ON definition_changes (at_ms);
