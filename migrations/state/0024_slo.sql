-- What people made and changed of objectives: every version of each, the newest holds. A version without a text is as
-- built in, or gone.
CREATE TABLE slo_versions (
    objective TEXT    NOT NULL,  -- `service-name`
    version   INTEGER NOT NULL,
    at_ms     INTEGER NOT NULL,
    by        TEXT    NOT NULL,
    comment   TEXT    NOT NULL,
    edit      TEXT    NOT NULL,
    written   TEXT,              -- JSON
    PRIMARY KEY (objective, version)
) STRICT, WITHOUT ROWID;

-- What was measured of an objective while it asked the same. One that asks something else has another ledger.
CREATE TABLE slo_ledgers (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    objective TEXT    NOT NULL,
    asks      TEXT    NOT NULL,  -- JSON: what is asked
    target    REAL    NOT NULL,  -- by which minutes are bad
    from_ms   INTEGER,           -- the first minute of which something is known
    to_ms     INTEGER NOT NULL,  -- the first minute that was not looked at
    UNIQUE (objective, asks)
) STRICT;

-- One row an hour: its sums, and its minutes.
CREATE TABLE slo_hours (
    ledger   INTEGER NOT NULL REFERENCES slo_ledgers (id) ON DELETE CASCADE,
    at_ms    INTEGER NOT NULL,  -- its begin
    good     REAL    NOT NULL,
    total    REAL    NOT NULL,
    counted  INTEGER NOT NULL,  -- minutes
    gaps     INTEGER NOT NULL,
    excluded INTEGER NOT NULL,
    bad      INTEGER NOT NULL,
    minutes  BLOB    NOT NULL,  -- backend/src/slo/minutes.rs
    PRIMARY KEY (ledger, at_ms)
) STRICT, WITHOUT ROWID;
CREATE INDEX slo_hours_at ON slo_hours (at_ms);

-- What of an hour was bad, by the labels that an objective tells apart.
CREATE TABLE slo_parts (
    ledger INTEGER NOT NULL REFERENCES slo_ledgers (id) ON DELETE CASCADE,
    at_ms  INTEGER NOT NULL,
    labels TEXT    NOT NULL,  -- JSON
    spent  REAL    NOT NULL,
    PRIMARY KEY (ledger, at_ms, labels)
) STRICT, WITHOUT ROWID;
CREATE INDEX slo_parts_at ON slo_parts (at_ms);

-- What was measured elsewhere.
CREATE TABLE slo_measurements (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    objective TEXT    NOT NULL,
    from_ms   INTEGER NOT NULL,
    to_ms     INTEGER NOT NULL,
    good      REAL    NOT NULL,
    total     REAL    NOT NULL,
    note      TEXT    NOT NULL,
    by        TEXT    NOT NULL,
    at_ms     INTEGER NOT NULL
) STRICT;
CREATE INDEX slo_measurements_of ON slo_measurements (objective, from_ms);

-- Reports as they were made.
CREATE TABLE slo_reports (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    title   TEXT    NOT NULL,
    from_ms INTEGER NOT NULL,
    to_ms   INTEGER NOT NULL,
    made_ms INTEGER NOT NULL,
    by      TEXT    NOT NULL,
    report  TEXT    NOT NULL  -- JSON
) STRICT;

-- When reports are made, and who gets them.
CREATE TABLE slo_schedules (
    name     TEXT    PRIMARY KEY,
    schedule TEXT    NOT NULL,  -- JSON
    next_ms  INTEGER NOT NULL,
    last     TEXT    NOT NULL
) STRICT;
