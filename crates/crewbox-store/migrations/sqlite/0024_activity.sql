-- What members did with a conversation, for its page. The kinds are those of `sqlite/read/activity.rs`, word by word: SQLite
-- uses the index only where the query has the same condition. Kinds that come with every mail are not among them.
CREATE INDEX activity ON change_log (account_id, conversation_id, seq)
WHERE kind IN ('owner_changed', 'category_changed', 'archived_changed', 'important_changed', 'snooze_changed');

-- As in the first migration: how selective the keys are.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('change_log', 'activity', '1000000 1000000 5 1');
ANALYZE sqlite_schema;
