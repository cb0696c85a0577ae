-- Benchmarks: what is measured, by which its runs are found again.
CREATE TABLE benchmarks (
    id             INTEGER PRIMARY KEY,
    suite          TEXT    NOT NULL,
    key            TEXT    NOT NULL,  -- name, parameters, language and approach in one
    name           TEXT    NOT NULL,
    parameters     TEXT    NOT NULL,  -- a JSON list of pairs
    language       TEXT    NOT NULL,
    approach       TEXT    NOT NULL,
    operation      TEXT    NOT NULL,  -- name and values of parameters: the same in every language
    unit           TEXT    NOT NULL,
    more_is_better INTEGER NOT NULL,
    UNIQUE (suite, key, unit)
) STRICT;
CREATE INDEX benchmarks_by_operation ON benchmarks (operation);

-- Files that were imported.
CREATE TABLE benchmark_runs (
    id        INTEGER PRIMARY KEY,
    digest    TEXT    NOT NULL UNIQUE,  -- the same file again is the same run
    at_ms     INTEGER NOT NULL,
    taken_ms  INTEGER NOT NULL,
    suite     TEXT    NOT NULL,
    tool      TEXT    NOT NULL,
    host      TEXT    NOT NULL,
    commit_id TEXT    NOT NULL,
    branch    TEXT    NOT NULL,
    actor     TEXT    NOT NULL,
    notes     TEXT    NOT NULL  -- a JSON list
) STRICT;
CREATE INDEX benchmark_runs_by_time ON benchmark_runs (at_ms);

-- What came out, and how it stands against the runs before it.
CREATE TABLE benchmark_results (
    benchmark   INTEGER NOT NULL REFERENCES benchmarks (id) ON DELETE CASCADE,
    run         INTEGER NOT NULL REFERENCES benchmark_runs (id) ON DELETE CASCADE,
    n           INTEGER NOT NULL,
    mean        REAL    NOT NULL,
    deviation   REAL,
    median      REAL,
    low         REAL,
    high        REAL,
    p50         REAL,
    p95         REAL,
    p99         REAL,
    samples     TEXT    NOT NULL,  -- a JSON list, by size
    verdict     TEXT    NOT NULL,
    change      REAL,
    change_low  REAL,
    change_high REAL,
    p           REAL,              -- corrected for all benchmarks of the run
    sentence    TEXT    NOT NULL,
    PRIMARY KEY (benchmark, run)
) STRICT, WITHOUT ROWID;
CREATE INDEX benchmark_results_by_run ON benchmark_results (run);

-- Two ways to do the same, whenever one of them was measured.
CREATE TABLE benchmark_speed_ups (
    run        INTEGER NOT NULL REFERENCES benchmark_runs (id) ON DELETE CASCADE,
    kind       TEXT    NOT NULL,
    operation  TEXT    NOT NULL,
    at_ms      INTEGER NOT NULL,
    fast       INTEGER NOT NULL,
    slow       INTEGER NOT NULL,
    fast_value REAL    NOT NULL,
    slow_value REAL    NOT NULL,
    ends       TEXT    NOT NULL,  -- a JSON list: ends of the intervals of both, or nothing
    unit       TEXT    NOT NULL,
    factor     REAL    NOT NULL,
    low        REAL,
    high       REAL,
    PRIMARY KEY (run, kind, operation)
) STRICT, WITHOUT ROWID;
CREATE INDEX benchmark_speed_ups_by_time ON benchmark_speed_ups (at_ms);
