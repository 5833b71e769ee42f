-- Version 3. A request has a state, which its caller may ask about; and each way on which it goes to those who deal with
-- it is a row, which goes when the request does. `id` stays the same over all attempts: a receiver knows a repeat by it.
ALTER TABLE requests ADD COLUMN state TEXT NOT NULL DEFAULT 'received';
CREATE TABLE deliveries (
    id         TEXT PRIMARY KEY,
    reference  TEXT NOT NULL REFERENCES requests (reference) ON DELETE CASCADE,
    way        TEXT NOT NULL,
    recipient  TEXT NOT NULL,
    subject    TEXT NOT NULL,
    text       TEXT NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0,
    -- When it is to be tried (again); none once it has arrived or was given up.
    due_at     INTEGER,
    arrived_at INTEGER,
    error      TEXT
) STRICT;
CREATE INDEX deliveries_by_reference ON deliveries (reference);
CREATE INDEX deliveries_by_time ON deliveries (due_at) WHERE due_at IS NOT NULL;
