-- Version 9. Lists are read a page at a time, and counted on every page: by these indexes, however long they get.
CREATE INDEX messages_by_time ON messages (created_at);
CREATE INDEX messages_waiting ON messages (service) WHERE handled_at IS NULL;
CREATE INDEX requests_by_time ON requests (created_at);
CREATE INDEX requests_received ON requests (service) WHERE state = 'received';
CREATE INDEX requests_by_call ON requests (call_id);

-- A number that changes whenever a message or a request does, whoever changed it: pages that show them watch it.
CREATE TABLE list_changes (number INTEGER NOT NULL) STRICT;
INSERT INTO list_changes VALUES (0);
CREATE TRIGGER message_comes AFTER INSERT ON messages BEGIN UPDATE list_changes SET number = number + 1; END;
CREATE TRIGGER message_changes AFTER UPDATE ON messages BEGIN UPDATE list_changes SET number = number + 1; END;
CREATE TRIGGER message_goes AFTER DELETE ON messages BEGIN UPDATE list_changes SET number = number + 1; END;
CREATE TRIGGER request_comes AFTER INSERT ON requests BEGIN UPDATE list_changes SET number = number + 1; END;
CREATE TRIGGER request_changes AFTER UPDATE ON requests BEGIN UPDATE list_changes SET number = number + 1; END;
CREATE TRIGGER request_goes AFTER DELETE ON requests BEGIN UPDATE list_changes SET number = number + 1; END;
