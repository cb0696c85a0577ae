-- What an alert is about, apart from what its rule adds, and clocks that go on after a restart.

ALTER TABLE alerts ADD COLUMN series TEXT;              -- JSON object: labels of the series; NULL: as the alert's
ALTER TABLE alerts ADD COLUMN kept_since_ms INTEGER;    -- since when it fires on although the condition has ended
ALTER TABLE alerts ADD COLUMN unseen_since_ms INTEGER;  -- since when nothing is known of the series
