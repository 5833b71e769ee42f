-- Version 4. A message is written down when recognition has time: `transcript` is null until then, and empty where no words
-- were found. It goes to its service on the ways of a request: a delivery is of one or of the other, and `sound` tells
-- whether the message itself goes with it.
ALTER TABLE messages ADD COLUMN transcript TEXT;
CREATE TABLE deliveries_of_both (
    id         TEXT PRIMARY KEY,
    reference  TEXT REFERENCES requests (reference) ON DELETE CASCADE,
    message    TEXT REFERENCES messages (id) ON DELETE CASCADE,
    way        TEXT NOT NULL,
    recipient  TEXT NOT NULL,
    subject    TEXT NOT NULL,
    text       TEXT NOT NULL,
    sound      INTEGER NOT NULL DEFAULT 0,
    attempts   INTEGER NOT NULL DEFAULT 0,
    due_at     INTEGER,
    arrived_at INTEGER,
    error      TEXT,
    CHECK ((reference IS NULL) <> (message IS NULL))
) STRICT;
INSERT INTO deliveries_of_both (id, reference, way, recipient, subject, text, attempts, due_at, arrived_at, error)
    SELECT id, reference, way, recipient, subject, text, attempts, due_at, arrived_at, error FROM deliveries;
DROP TABLE deliveries;
ALTER TABLE deliveries_of_both RENAME TO deliveries;
CREATE INDEX deliveries_by_reference ON deliveries (reference);
CREATE INDEX deliveries_by_message ON deliveries (message);
CREATE INDEX deliveries_by_time ON deliveries (due_at) WHERE due_at IS NOT NULL;
