-- How servers that the product starts stood, stretch by stretch. One without an end goes on as long as the product runs.
CREATE TABLE launch_states (
    id INTEGER PRIMARY KEY,
    server TEXT NOT NULL,
    state TEXT NOT NULL,
    from_ms INTEGER NOT NULL,
    to_ms INTEGER
);
CREATE INDEX launch_states_by_server ON launch_states (server, from_ms);
CREATE INDEX launch_states_open ON launch_states (id) WHERE to_ms IS NULL;

-- How their runs ended.
CREATE TABLE launch_ends (
    id INTEGER PRIMARY KEY,
    server TEXT NOT NULL,
    started_ms INTEGER NOT NULL,
    ended_ms INTEGER NOT NULL,
    pid INTEGER,
    how TEXT NOT NULL,
    was_asked INTEGER NOT NULL,
    stderr TEXT NOT NULL             -- a JSON list of lines
);
CREATE INDEX launch_ends_by_server ON launch_ends (server, ended_ms);

-- When it was looked last: what had no end ended then at the latest, if the product was killed.
CREATE TABLE launch_looked (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    at_ms INTEGER NOT NULL
);
