-- Version 1. Times are Unix milliseconds.
CREATE TABLE calls (
    id          TEXT PRIMARY KEY,
    started_at  INTEGER NOT NULL,
    ended_at    INTEGER,
    end_reason  TEXT,
    plan        TEXT NOT NULL,
    called      TEXT NOT NULL,
    caller      TEXT,
    codec       TEXT NOT NULL
) STRICT;
CREATE INDEX calls_by_time ON calls (started_at);

-- One row for each turn that was answered: what was understood, and the time of each stage in ms after the caller's
-- last word.
CREATE TABLE turns (
    call_id        TEXT NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
    turn           INTEGER NOT NULL,
    heard          TEXT,
    topic          TEXT,
    confidence     REAL,
    log_probability REAL,
    paused_ms      INTEGER,
    recognised_ms  INTEGER,
    over_ms        INTEGER,
    answered_ms    INTEGER,
    stt_ms         INTEGER,
    understand_us  INTEGER,
    synthesis_ms   INTEGER,
    PRIMARY KEY (call_id, turn)
) STRICT;

-- Everything that happened, in order, as the call tells it.
CREATE TABLE events (
    call_id  TEXT NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
    at       INTEGER NOT NULL,
    event    TEXT NOT NULL
) STRICT;
CREATE INDEX events_by_call ON events (call_id);

-- Messages outlive the call that they were left in: each has its own term. The sound is in messages/<id>.wav.
CREATE TABLE messages (
    id            TEXT PRIMARY KEY,
    call_id       TEXT NOT NULL,
    service       TEXT NOT NULL,
    caller        TEXT,
    created_at    INTEGER NOT NULL,
    delete_after  INTEGER NOT NULL,
    length_ms     INTEGER NOT NULL
) STRICT;
CREATE INDEX messages_by_term ON messages (delete_after);
