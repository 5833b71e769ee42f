-- Version 5. Who works with the console, and what they did there. Times are Unix milliseconds.
CREATE TABLE users (
    name       TEXT PRIMARY KEY COLLATE NOCASE,
    role       TEXT NOT NULL,
    -- Argon2id, as a PHC string.
    password   TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE user_services (
    user    TEXT NOT NULL COLLATE NOCASE REFERENCES users (name) ON DELETE CASCADE,
    service TEXT NOT NULL,
    PRIMARY KEY (user, service)
) STRICT;

-- The hash of a session's token: who reads this table cannot take a session over.
CREATE TABLE sessions (
    token      BLOB PRIMARY KEY,
    user       TEXT NOT NULL COLLATE NOCASE REFERENCES users (name) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    used_at    INTEGER NOT NULL
) STRICT;

-- Who read or changed what. It outlives the account, and goes when calls do.
CREATE TABLE audit (
    at      INTEGER NOT NULL,
    user    TEXT NOT NULL,
    action  TEXT NOT NULL,
    subject TEXT
) STRICT;
CREATE INDEX audit_by_time ON audit (at);
CREATE INDEX audit_by_subject ON audit (subject) WHERE subject IS NOT NULL;

CREATE TABLE notes (
    reference TEXT NOT NULL REFERENCES requests (reference) ON DELETE CASCADE,
    at        INTEGER NOT NULL,
    user      TEXT NOT NULL,
    text      TEXT NOT NULL
) STRICT;
CREATE INDEX notes_by_reference ON notes (reference);

-- A message waits until somebody has dealt with it.
ALTER TABLE messages ADD COLUMN handled_at INTEGER;
ALTER TABLE messages ADD COLUMN handled_by TEXT;
CREATE INDEX requests_by_caller ON requests (caller) WHERE caller IS NOT NULL;
