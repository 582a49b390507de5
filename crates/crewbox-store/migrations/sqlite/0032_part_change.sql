-- What notes, tasks and reminders were before each change of them: undo gives that back. The log has no texts, so they are
-- here, and go with their conversation.
CREATE TABLE part_change (
    account_id INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    -- The change in the log has this number in its detail.
    part_change_id INTEGER NOT NULL,
    -- The table, and the id in it.
    part TEXT NOT NULL,
    part_id INTEGER NOT NULL,
    -- What was changed: whether it is 'there', its 'content', or whether it is 'done'.
    aspect TEXT NOT NULL,
    -- Its row before, as JSON: the value of each column by its name. NULL where it was added.
    before TEXT,
    PRIMARY KEY (account_id, conversation_id, part_change_id),
    FOREIGN KEY (account_id, conversation_id) REFERENCES conversation (account_id, conversation_id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX part_change_of_part ON part_change (account_id, part, part_id, part_change_id);

-- As in the first migration: how selective the keys are.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('part_change', 'part_change', '100000 100000 3 1'),
    ('part_change', 'part_change_of_part', '100000 100000 30000 2 1');
ANALYZE sqlite_schema;
