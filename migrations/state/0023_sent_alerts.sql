-- Alerts that other systems send (Alertmanager's API), and when silences were changed last.

ALTER TABLE alerts ADD COLUMN sender TEXT;                             -- who sends it; NULL: nobody does
ALTER TABLE alerts ADD COLUMN generator_url TEXT NOT NULL DEFAULT '';  -- where it comes from, as its sender says
ALTER TABLE alerts ADD COLUMN starts_ms INTEGER;                       -- when it began, as its sender says
ALTER TABLE alerts ADD COLUMN is_timeout INTEGER NOT NULL DEFAULT 0;   -- its end is not its sender's
ALTER TABLE alerts ADD COLUMN updated_ms INTEGER;                      -- when it was sent last, as of the last write

ALTER TABLE silences ADD COLUMN updated_ms INTEGER;                    -- NULL: it was not changed

-- What the page of alerts shows of those that are over.
CREATE INDEX alerts_fired ON alerts (resolved_ms, id) WHERE state = 'resolved' AND firing_ms IS NOT NULL;
