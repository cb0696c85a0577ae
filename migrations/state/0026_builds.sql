-- Builds of Rust programs, as those who build tell of them. Numbers go up in the order in which builds are first heard
-- of. What a sender tells again under the same id with a larger sequence replaces what was told before, with all that
-- hangs on it, in one transaction.
CREATE TABLE builds (
    number             INTEGER PRIMARY KEY AUTOINCREMENT,
    id                 TEXT    NOT NULL UNIQUE,
    sequence           INTEGER NOT NULL,
    project            TEXT    NOT NULL,
    command            TEXT    NOT NULL,
    commit_id          TEXT    NOT NULL,
    branch             TEXT    NOT NULL,
    profile            TEXT    NOT NULL,
    target             TEXT    NOT NULL,
    host               TEXT    NOT NULL,
    builder            TEXT    NOT NULL,
    state              TEXT    NOT NULL,
    exit_code          INTEGER,
    began_ms           INTEGER NOT NULL,
    ended_ms           INTEGER,
    -- When it was heard of last, by our clock, and how far the sender's is ahead, in milliseconds.
    heard_ms           INTEGER NOT NULL,
    ahead_ms           INTEGER NOT NULL,
    duration_seconds   REAL    NOT NULL,
    resolution_seconds REAL,
    download_seconds   REAL,
    done               INTEGER NOT NULL,
    total              INTEGER,
    compiled           INTEGER NOT NULL,
    fresh              INTEGER NOT NULL,
    warnings           INTEGER NOT NULL,
    errors             INTEGER NOT NULL,
    binary_bytes       INTEGER NOT NULL,
    -- Lists, as JSON.
    active             TEXT    NOT NULL,
    kinds              TEXT    NOT NULL,
    -- Units, messages, files: the report as JSON, gzip.
    detail             BLOB    NOT NULL
) STRICT;
CREATE INDEX builds_by_time ON builds (began_ms);
CREATE INDEX builds_by_project ON builds (project, began_ms);
CREATE INDEX builds_running ON builds (heard_ms) WHERE state = 'running';

-- Its crates: how long all parts of one took together, where cargo said it and it was compiled.
CREATE TABLE build_crates (
    build   INTEGER NOT NULL,
    name    TEXT    NOT NULL,
    is_own  INTEGER NOT NULL,
    seconds REAL,
    failed  INTEGER NOT NULL,
    PRIMARY KEY (build, name)
) STRICT, WITHOUT ROWID;

-- What was counted in it: errors of a kind, errors in a file, crates with a feature.
CREATE TABLE build_counts (
    build INTEGER NOT NULL,
    what  TEXT    NOT NULL,
    name  TEXT    NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (build, what, name)
) STRICT, WITHOUT ROWID;

-- What came out of it, and how large that is.
CREATE TABLE build_sizes (
    build INTEGER NOT NULL,
    name  TEXT    NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (build, name)
) STRICT, WITHOUT ROWID;

-- What is sampled: counters, which go on after a restart and when builds are forgotten, and what was measured last.
-- Labels are JSON.
CREATE TABLE build_series (
    name    TEXT    NOT NULL,
    labels  TEXT    NOT NULL,
    value   REAL    NOT NULL,
    seen_ms INTEGER NOT NULL,
    PRIMARY KEY (name, labels)
) STRICT, WITHOUT ROWID;
