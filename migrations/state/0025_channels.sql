-- By which name each channel of a receiver is known: it keeps it when the routes are written anew.
CREATE TABLE notify_channels (
    receiver TEXT NOT NULL,
    channel  TEXT NOT NULL,
    identity TEXT NOT NULL,  -- a hash of what is written of it
    PRIMARY KEY (receiver, channel)
) STRICT, WITHOUT ROWID;
