-- Version 7. What people make of calls: how those that they took ended, and what should have been said. Times are Unix
-- milliseconds.
CREATE TABLE call_notes (
    call_id TEXT NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
    at      INTEGER NOT NULL,
    user    TEXT NOT NULL,
    -- 'settled', 'open', 'call_back'; none where nothing was chosen.
    outcome TEXT,
    text    TEXT NOT NULL
) STRICT;
CREATE INDEX call_notes_by_call ON call_notes (call_id);

-- A correction outlives its call, and holds nothing that was said in it.
CREATE TABLE corrections (
    id         INTEGER PRIMARY KEY,
    call_id    TEXT REFERENCES calls (id) ON DELETE SET NULL,
    at         INTEGER NOT NULL,
    user       TEXT NOT NULL,
    -- The plan's topic that was answered; none where there was none.
    topic      TEXT,
    -- What should have been said.
    text       TEXT NOT NULL,
    -- 'new', 'accepted', 'refused'.
    state      TEXT NOT NULL DEFAULT 'new',
    decided_by TEXT,
    decided_at INTEGER
) STRICT;
CREATE INDEX corrections_by_call ON corrections (call_id) WHERE call_id IS NOT NULL;
