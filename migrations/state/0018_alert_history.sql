-- Who has an alert and until when, alerts that people raise, and the history of all: it takes the place of
-- alert_changes, and can be searched.

ALTER TABLE alerts ADD COLUMN owner TEXT NOT NULL DEFAULT '';         -- who sees to it
ALTER TABLE alerts ADD COLUMN until_ms INTEGER;                       -- until when it is acknowledged; NULL: until its end
ALTER TABLE alerts ADD COLUMN is_raised INTEGER NOT NULL DEFAULT 0;   -- by a person or a program, and no rule
ALTER TABLE alerts ADD COLUMN ends_ms INTEGER;                        -- when what was raised ends by itself

-- Every step of an alert's life; never updated.
CREATE TABLE alert_history (
    seq         INTEGER PRIMARY KEY,
    alert_id    TEXT    NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
    n           INTEGER NOT NULL,  -- its number among the steps of its alert
    at_ms       INTEGER NOT NULL,
    what        TEXT    NOT NULL,  -- what happened
    was         TEXT    NOT NULL,  -- the state before; empty for the first step
    state       TEXT    NOT NULL,  -- the state from then on
    actor       TEXT    NOT NULL,  -- empty: the rule itself, or the clock
    comment     TEXT    NOT NULL,
    owner       TEXT    NOT NULL,  -- who has it from then on
    until_ms    INTEGER,           -- until when it is acknowledged from then on
    rule        TEXT    NOT NULL,  -- this and what follows: of the alert, as it was then
    server      TEXT    NOT NULL,
    severity    TEXT    NOT NULL,
    summary     TEXT    NOT NULL,
    fingerprint TEXT    NOT NULL
) STRICT;

INSERT INTO alert_history (alert_id, n, at_ms, what, was, state, actor, comment, owner, until_ms,
                           rule, server, severity, summary, fingerprint)
SELECT alert_id, n, at_ms,
       CASE WHEN was = 'resolved' AND state IN ('firing', 'acknowledged') THEN 'reopened' ELSE state END,
       was, state, actor, comment, '', NULL,
       rule, server, severity, summary, fingerprint
FROM (SELECT c.alert_id, c.n, c.at_ms, c.state, c.actor, c.comment, a.rule, a.fingerprint,
             coalesce(lag(c.state) OVER (PARTITION BY c.alert_id ORDER BY c.n), '') AS was,
             coalesce(a.labels ->> 'server', '') AS server,
             coalesce(a.labels ->> 'severity', '') AS severity,
             coalesce(a.annotations ->> 'summary', '') AS summary
      FROM alert_changes c JOIN alerts a ON a.id = c.alert_id)
ORDER BY at_ms, alert_id, n;

CREATE UNIQUE INDEX alert_history_of ON alert_history (alert_id, n);
CREATE INDEX alert_history_by_time ON alert_history (at_ms);
CREATE INDEX alert_history_by_server ON alert_history (server, at_ms);
CREATE INDEX alert_history_by_fingerprint ON alert_history (fingerprint, at_ms);

-- Who took an alert has it.
UPDATE alert_history SET owner = coalesce(
    (SELECT taken.actor FROM alert_history taken
     WHERE taken.alert_id = alert_history.alert_id AND taken.n <= alert_history.n AND taken.what = 'acknowledged'
     ORDER BY taken.n DESC LIMIT 1), '');
UPDATE alerts SET owner = coalesce(
    (SELECT owner FROM alert_history WHERE alert_id = alerts.id ORDER BY n DESC LIMIT 1), '');

DROP TABLE alert_changes;
