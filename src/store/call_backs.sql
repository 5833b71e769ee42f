-- Version 6. Who waited for somebody and asked to be called back keeps the order of arrival: `waiting_since` is set for these
-- requests alone. `taken_by` is who deals with it, `tries` how often nobody answered.
ALTER TABLE requests ADD COLUMN waiting_since INTEGER;
ALTER TABLE requests ADD COLUMN taken_by TEXT;
ALTER TABLE requests ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
CREATE INDEX call_backs_by_time ON requests (waiting_since) WHERE waiting_since IS NOT NULL;
