-- Agents: what is known of each, as JSON.
CREATE TABLE agents (
    id     TEXT PRIMARY KEY,
    record TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- How they stood over time; the last one of each goes on.
CREATE TABLE agent_spans (
    agent   TEXT    NOT NULL,
    from_ms INTEGER NOT NULL,
    to_ms   INTEGER NOT NULL,
    state   TEXT    NOT NULL,
    why     TEXT    NOT NULL,
    PRIMARY KEY (agent, from_ms)
) STRICT, WITHOUT ROWID;

-- What they did.
CREATE TABLE agent_events (
    id          INTEGER PRIMARY KEY,
    agent       TEXT    NOT NULL,
    at_ms       INTEGER NOT NULL,
    name        TEXT    NOT NULL,
    subject     TEXT    NOT NULL,
    is_good     INTEGER,
    duration_ms INTEGER,
    text        TEXT    NOT NULL
) STRICT;
CREATE INDEX agent_events_by_agent ON agent_events (agent, id);
