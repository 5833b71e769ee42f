-- Version 2. Requests outlive the call that they were made in, like messages. `answers` is a JSON object: question, answer.
CREATE TABLE requests (
    reference     TEXT PRIMARY KEY,
    call_id       TEXT NOT NULL,
    form          TEXT NOT NULL,
    service       TEXT NOT NULL,
    caller        TEXT,
    answers       TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    delete_after  INTEGER NOT NULL
) STRICT;
CREATE INDEX requests_by_term ON requests (delete_after);
