-- Messages that failed for good, by who wrote them and by conversation: a list shows those of its member. They are few.
CREATE INDEX outgoing_failed ON outgoing (account_id, member_id, outgoing_id) WHERE state = 'failed';
CREATE INDEX outgoing_of_conversation ON outgoing (account_id, conversation_id, outgoing_id);

-- As in the first migration: how selective the keys are.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('outgoing', 'outgoing_failed', '100 100 10 1'),
    ('outgoing', 'outgoing_of_conversation', '1000000 1000000 2 1');
ANALYZE sqlite_schema;
