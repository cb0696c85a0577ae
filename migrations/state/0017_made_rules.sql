-- Rules that people made, and what they changed of built-in ones: every version of each, the newest holds.
CREATE TABLE rule_versions (
    rule    TEXT    NOT NULL,  -- UUIDv7; of a built-in rule "builtin:" and its name
    version INTEGER NOT NULL,  -- from 1, without gaps
    at_ms   INTEGER NOT NULL,
    by      TEXT    NOT NULL,
    comment TEXT    NOT NULL,
    edit    TEXT    NOT NULL,  -- created, changed, removed, undone
    draft   TEXT,              -- JSON object: what it says; NULL: nothing, or what is built in
    PRIMARY KEY (rule, version)
) STRICT, WITHOUT ROWID;
