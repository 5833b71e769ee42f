-- Version 8. How a caller came in: 'telephone' or 'page'. Of what is older it is known only where nothing was spoken: those calls
-- came from pages.
ALTER TABLE calls ADD COLUMN entrance TEXT NOT NULL DEFAULT 'telephone';
ALTER TABLE messages ADD COLUMN entrance TEXT NOT NULL DEFAULT 'telephone';
ALTER TABLE requests ADD COLUMN entrance TEXT NOT NULL DEFAULT 'telephone';
UPDATE calls SET entrance = 'page' WHERE codec = 'texte';
UPDATE messages SET entrance = 'page' WHERE call_id IN (SELECT id FROM calls WHERE entrance = 'page');
UPDATE requests SET entrance = 'page' WHERE call_id IN (SELECT id FROM calls WHERE entrance = 'page');
