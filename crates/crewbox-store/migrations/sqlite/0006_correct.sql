-- A person can correct the class of a message.

-- When a person set the class; 0 while nobody has.
ALTER TABLE message RENAME COLUMN corrected TO corrected_at;
-- `backfill` says how a message came in: 0 as it arrived, 1 with the mailbox's past, 2 with the past and still waiting
-- for an answer.

-- What people did to a conversation, for computing its state again when the class of a message is corrected. Only the
-- kinds that the class can affect (`REPLAYED`): none is written when mail comes in.
CREATE INDEX change_log_replayed ON change_log (account_id, conversation_id, seq)
    WHERE kind IN ('read_changed', 'category_changed', 'archived_changed', 'snooze_changed');

-- As in the first migration: how selective the key is.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('change_log', 'change_log_replayed', '100000 100000 4 1');
ANALYZE sqlite_schema;
