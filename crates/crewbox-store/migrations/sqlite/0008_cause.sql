-- Why a change was made: person, rule, import, mailbox or system. Before, the log recorded only who made it.
ALTER TABLE change_log ADD COLUMN cause TEXT NOT NULL DEFAULT 'system';
-- Which rule, where the cause is one.
ALTER TABLE change_log ADD COLUMN rule_id INTEGER;
UPDATE change_log SET cause = 'person' WHERE actor_id IS NOT NULL;
