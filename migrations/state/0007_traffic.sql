-- What was counted of real traffic. Counters go on where they were; a batch and what it adds are written together, so
-- that it counts once, whenever the product or who sent it was killed. Labels are JSON.
CREATE TABLE traffic_totals (
    name   TEXT NOT NULL,
    labels TEXT NOT NULL,
    value  REAL NOT NULL,
    PRIMARY KEY (name, labels)
) STRICT, WITHOUT ROWID;

-- Batches that were counted.
CREATE TABLE traffic_batches (
    id    TEXT    NOT NULL PRIMARY KEY,
    at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX traffic_batches_by_time ON traffic_batches (at_ms);
