-- What batch jobs have pushed: it is sampled until it is replaced or deleted. The labels of a group and its families
-- are JSON; a value is a text, because JSON has no infinity.
CREATE TABLE pushed (
    grouping_key TEXT    NOT NULL PRIMARY KEY,
    pushed_ms    INTEGER NOT NULL,
    failed_ms    INTEGER NOT NULL,
    families     TEXT    NOT NULL
) STRICT;
