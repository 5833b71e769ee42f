-- Version 11. What the other side answered to an attempt is kept apart from what we say of it, since it may hold what was
-- sent: it is shown only to those who may see that. And what needs somebody is marked, for it may be tried again all the
-- same.
ALTER TABLE deliveries ADD COLUMN said TEXT;
ALTER TABLE deliveries ADD COLUMN stuck INTEGER NOT NULL DEFAULT 0;
UPDATE deliveries SET said = error, error = 'le dernier essai a échoué' WHERE error IS NOT NULL;
UPDATE deliveries SET stuck = 1 WHERE arrived_at IS NULL AND said IS NOT NULL AND (due_at IS NULL OR attempts >= 5);
