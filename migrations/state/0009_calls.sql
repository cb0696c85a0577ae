-- Single calls of real traffic, the newest of them. They stand beside the totals, because a batch, what it adds to them
-- and its calls are written together: it is kept once, whenever the product or who sent it was killed.
-- Numbers of calls go up in the order in which they arrive, without gaps, and never come again.
CREATE TABLE calls (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms            INTEGER NOT NULL,
    server           TEXT    NOT NULL,
    transport        TEXT    NOT NULL,
    session          TEXT    NOT NULL,
    is_from_server   INTEGER NOT NULL,
    client           TEXT,
    protocol         TEXT,
    method           TEXT    NOT NULL,
    target           TEXT,
    duration_seconds REAL    NOT NULL,
    outcome          TEXT    NOT NULL,
    code             INTEGER,
    is_empty         INTEGER NOT NULL,
    is_unadvertised  INTEGER NOT NULL,
    request_bytes    INTEGER NOT NULL,
    response_bytes   INTEGER NOT NULL,
    result_tokens    INTEGER NOT NULL,
    -- What passed by while it was open, as JSON.
    passed           TEXT,
    passed_more      INTEGER NOT NULL
) STRICT;
CREATE INDEX calls_by_time ON calls (at_ms);

-- What was said, where a tap was told to say it; kept for less time than calls.
CREATE TABLE call_payloads (
    id       INTEGER PRIMARY KEY,
    at_ms    INTEGER NOT NULL,
    request  TEXT,
    response TEXT,
    -- Texts of what passed by, as JSON.
    passed   TEXT
) STRICT;
CREATE INDEX call_payloads_by_time ON call_payloads (at_ms);

-- Sessions, as their calls and pulses tell of them.
CREATE TABLE traffic_sessions (
    server    TEXT    NOT NULL,
    session   TEXT    NOT NULL,
    transport TEXT    NOT NULL,
    client    TEXT,
    protocol  TEXT,
    began_ms  INTEGER NOT NULL,
    last_ms   INTEGER NOT NULL,
    is_open   INTEGER NOT NULL,
    calls     INTEGER NOT NULL,
    failed    INTEGER NOT NULL,
    PRIMARY KEY (server, session)
) STRICT, WITHOUT ROWID;
CREATE INDEX traffic_sessions_by_time ON traffic_sessions (last_ms);

-- What the definitions of tools weigh in a model's context, as they were listed last.
CREATE TABLE traffic_tools (
    server    TEXT    NOT NULL,
    tool      TEXT    NOT NULL,
    bytes     INTEGER NOT NULL,
    tokens    INTEGER NOT NULL,
    listed_ms INTEGER NOT NULL,
    PRIMARY KEY (server, tool)
) STRICT, WITHOUT ROWID;
