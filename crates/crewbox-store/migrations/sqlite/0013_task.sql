-- Notes are read, changed and deleted by their id.
ALTER TABLE note ADD COLUMN changed_at INTEGER;
-- Digest of what the request asked for; NULL for notes written before this column.
ALTER TABLE note ADD COLUMN asked BLOB;
CREATE UNIQUE INDEX note_by_id ON note (account_id, note_id);

-- Tasks on a conversation. They go with it.
CREATE TABLE task (
    account_id INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    task_id INTEGER NOT NULL,
    -- Who added it; NULL for the operator.
    member_id INTEGER,
    created_at INTEGER NOT NULL,
    -- By which the same request is known when it comes again, and digest of what it asked for.
    fingerprint BLOB NOT NULL,
    asked BLOB,
    name TEXT NOT NULL,
    description TEXT,
    priority TEXT NOT NULL,
    due_at INTEGER,
    -- NULL while it is open.
    done_at INTEGER,
    PRIMARY KEY (account_id, conversation_id, task_id),
    FOREIGN KEY (account_id, conversation_id) REFERENCES conversation (account_id, conversation_id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE UNIQUE INDEX task_by_id ON task (account_id, task_id);

-- As in the first migration: how selective the keys are.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('note', 'note_by_id', '100000 100000 1'),
    ('task', 'task', '100000 100000 3 1'),
    ('task', 'task_by_id', '100000 100000 1');
ANALYZE sqlite_schema;
