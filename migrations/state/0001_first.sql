-- What people decide, and what happened: alerts, marks, verdicts, tool definitions, consents, sign-ins.
-- Times are milliseconds UTC.

CREATE TABLE alerts (
    id               TEXT    PRIMARY KEY,  -- UUIDv7
    fingerprint      TEXT    NOT NULL,     -- of the labels, 16 hexadecimal digits
    rule             TEXT    NOT NULL,
    labels           TEXT    NOT NULL,     -- JSON object
    annotations      TEXT    NOT NULL,     -- JSON object, templates expanded
    state            TEXT    NOT NULL,
    value            REAL    NOT NULL,     -- of the expression, when last evaluated as true
    holds            INTEGER NOT NULL,     -- whether the condition held when last evaluated
    by_hand          INTEGER NOT NULL,     -- whether a person made the last decision about its end
    pending_ms       INTEGER NOT NULL,
    firing_ms        INTEGER,
    resolved_ms      INTEGER
) STRICT;
CREATE INDEX alerts_open ON alerts (state) WHERE state <> 'resolved';
CREATE INDEX alerts_resolved ON alerts (resolved_ms) WHERE state = 'resolved';

-- Every step of an alert's life; never updated.
CREATE TABLE alert_changes (
    alert_id TEXT    NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
    n        INTEGER NOT NULL,
    at_ms    INTEGER NOT NULL,
    state    TEXT    NOT NULL,
    actor    TEXT    NOT NULL,  -- empty: the rule itself
    comment  TEXT    NOT NULL,
    PRIMARY KEY (alert_id, n)
) STRICT, WITHOUT ROWID;

-- Marks on the time axis.
CREATE TABLE events (
    id     INTEGER PRIMARY KEY,
    at_ms  INTEGER NOT NULL,
    kind   TEXT    NOT NULL,
    server TEXT    NOT NULL,
    title  TEXT    NOT NULL,
    link   TEXT    NOT NULL
) STRICT;
CREATE INDEX events_by_time ON events (at_ms);

-- One row for each change of a server's level or reason, not for each probe.
CREATE TABLE verdicts (
    server          TEXT    NOT NULL,
    at_ms           INTEGER NOT NULL,
    level           TEXT    NOT NULL,
    reason          TEXT    NOT NULL,
    summary         TEXT    NOT NULL,
    PRIMARY KEY (server, at_ms)
) STRICT, WITHOUT ROWID;

-- Until when each server was observed, so that a gap is known as a gap.
CREATE TABLE observed (
    server          TEXT    NOT NULL PRIMARY KEY,
    until_ms        INTEGER NOT NULL,
    last_success_ms INTEGER
) STRICT, WITHOUT ROWID;

-- Tool definitions as last listed.
CREATE TABLE tools (
    server       TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    title        TEXT    NOT NULL,
    description  TEXT    NOT NULL,
    input_schema TEXT    NOT NULL,  -- JSON
    hash         TEXT    NOT NULL,  -- SHA-256 of the canonical definition
    since_ms     INTEGER NOT NULL,  -- when this definition was first seen
    PRIMARY KEY (server, name)
) STRICT, WITHOUT ROWID;

-- Consents to start servers that were found in a file and not asked for.
CREATE TABLE approvals (
    server  TEXT    NOT NULL,
    command TEXT    NOT NULL,  -- hash of program, arguments and environment: a changed command asks again
    actor   TEXT    NOT NULL,
    at_ms   INTEGER NOT NULL,
    PRIMARY KEY (server, command)
) STRICT, WITHOUT ROWID;

-- Browser sign-ins.
CREATE TABLE sessions (
    token_hash TEXT    NOT NULL PRIMARY KEY,  -- SHA-256; the token itself is only in the cookie
    name       TEXT    NOT NULL,
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
