-- Version 10. Conversations with clerks that were recorded, each `<call>-<number>`. The sound is in recordings/<id>.wav; in
-- recordings/<id>.part as long as it goes on, when `length_ms` is null. None outlives its term, nor its call.
CREATE TABLE recordings (
    id            TEXT PRIMARY KEY,
    call_id       TEXT NOT NULL,
    service       TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    delete_after  INTEGER NOT NULL,
    length_ms     INTEGER
) STRICT;
CREATE INDEX recordings_by_call ON recordings (call_id);
CREATE INDEX recordings_by_term ON recordings (delete_after);
