-- What the figures of a period are counted from, in the order of time, so that a period costs what happened in it.

-- Mail to and from leads, with all that is counted, so that the messages themselves are not read.
CREATE INDEX message_by_time ON message (account_id, at, conversation_id, direction, class, mailbox_id)
    WHERE conversation_id IS NOT NULL;
-- First openings and clicks; few mails have one.
CREATE INDEX message_opened ON message (account_id, opened_at, conversation_id, mailbox_id) WHERE opened_at IS NOT NULL;
CREATE INDEX message_clicked ON message (account_id, clicked_at, conversation_id, mailbox_id) WHERE clicked_at IS NOT NULL;
-- Leads whose address does not work.
CREATE INDEX conversation_bounced ON conversation (account_id, bounce_time) WHERE bounce_time IS NOT NULL;
-- What unsubscribes a lead: the conditions are those of sqlite/read/outreach.rs, word by word.
CREATE INDEX message_unsubscribes ON message (account_id, conversation_id, at) WHERE class IN ('unsubscribe', 'feedback');
CREATE INDEX change_log_unsubscribed ON change_log (account_id, conversation_id, at) WHERE kind = 'lead_unsubscribed';

-- As in the first migration: how selective the keys are.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('message', 'message_by_time', '1000000 1000000 1 1 1 1 1'),
    ('message', 'message_opened', '100000 100000 1 1 1'),
    ('message', 'message_clicked', '10000 10000 1 1 1'),
    ('message', 'message_unsubscribes', '10000 10000 1 1'),
    ('conversation', 'conversation_bounced', '10000 10000 1 1'),
    ('change_log', 'change_log_unsubscribed', '10000 10000 1 1');
ANALYZE sqlite_schema;
