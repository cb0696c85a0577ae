-- What is sent to receivers, and what became of it: written before anything is sent, in the transaction that notes that the
-- channel has been told.
CREATE TABLE notify_sent (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    key          TEXT    NOT NULL UNIQUE,  -- the same at every attempt
    at_ms        INTEGER NOT NULL,
    receiver     TEXT    NOT NULL,
    channel      TEXT    NOT NULL,         -- `webhook/0`
    kind         TEXT    NOT NULL,
    target       TEXT    NOT NULL,
    group_key    TEXT    NOT NULL,
    reason       TEXT    NOT NULL,
    firing       INTEGER NOT NULL,
    resolved     INTEGER NOT NULL,
    message      TEXT    NOT NULL,         -- JSON
    state        TEXT    NOT NULL,         -- queued, sent, failed, given up, held back
    attempts     INTEGER NOT NULL DEFAULT 0,
    attempted_ms INTEGER,
    next_ms      INTEGER,                  -- while it is queued
    cause        TEXT    NOT NULL DEFAULT '',
    answer       TEXT    NOT NULL DEFAULT '',
    digest       INTEGER                   -- of a message that was held back: the one that stands for it
) STRICT;
CREATE INDEX notify_sent_queued ON notify_sent (receiver, channel, group_key, id) WHERE state = 'queued';
CREATE INDEX notify_sent_next ON notify_sent (receiver, channel, next_ms, id) WHERE state = 'queued';
CREATE INDEX notify_sent_arrived ON notify_sent (receiver, channel, attempted_ms) WHERE state = 'sent';
CREATE INDEX notify_sent_arrived_at ON notify_sent (channel, attempted_ms) WHERE state = 'sent';
CREATE INDEX notify_sent_to ON notify_sent (channel, at_ms);
CREATE INDEX notify_sent_held ON notify_sent (receiver, channel) WHERE state = 'held back' AND digest IS NULL;
CREATE INDEX notify_sent_channel ON notify_sent (receiver, channel, at_ms);
CREATE INDEX notify_sent_at ON notify_sent (at_ms);

-- Which alerts a message names.
CREATE TABLE notify_alerts (
    alert TEXT    NOT NULL,
    sent  INTEGER NOT NULL REFERENCES notify_sent (id) ON DELETE CASCADE,
    PRIMARY KEY (alert, sent)
) STRICT, WITHOUT ROWID;
CREATE INDEX notify_alerts_sent ON notify_alerts (sent);

-- What each channel has been told of each group.
CREATE TABLE notify_log (
    group_key TEXT NOT NULL,
    receiver  TEXT NOT NULL,
    channel   TEXT NOT NULL,
    entry     TEXT NOT NULL,  -- JSON
    PRIMARY KEY (group_key, receiver, channel)
) STRICT, WITHOUT ROWID;
