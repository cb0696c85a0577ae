-- When a series of real traffic changed last: names that nobody has used for long make room for new ones.
ALTER TABLE traffic_totals ADD COLUMN seen_ms INTEGER NOT NULL DEFAULT 0;
UPDATE traffic_totals SET seen_ms = CAST(strftime('%s', 'now') AS INTEGER) * 1000;
