-- Notes that members write on a conversation. They go with it.
CREATE TABLE note (
    account_id INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    note_id INTEGER NOT NULL,
    -- Who wrote it; NULL for the operator.
    member_id INTEGER,
    text TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    -- By which the same call is known when it comes again.
    fingerprint BLOB NOT NULL,
    PRIMARY KEY (account_id, conversation_id, note_id),
    FOREIGN KEY (account_id, conversation_id) REFERENCES conversation (account_id, conversation_id) ON DELETE CASCADE
) WITHOUT ROWID;

-- As in the first migration: how selective the key is.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('note', 'note', '100000 100000 3 1');
ANALYZE sqlite_schema;
