-- Series of which there are only windows: they count for no limit, also after a restart.

CREATE TABLE rollup_dormant (
    series_id INTEGER PRIMARY KEY
) STRICT;
