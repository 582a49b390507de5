-- Reminders of a conversation. They go with it.
CREATE TABLE reminder (
    account_id INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    reminder_id INTEGER NOT NULL,
    -- Who set it; NULL for the operator.
    member_id INTEGER,
    created_at INTEGER NOT NULL,
    -- By which the same request is known when it comes again, and digest of what it asked for.
    fingerprint BLOB NOT NULL,
    asked BLOB,
    message TEXT NOT NULL,
    remind_at INTEGER NOT NULL,
    -- NULL while it is open.
    done_at INTEGER,
    -- 1 until the log says that it is due.
    waiting INTEGER NOT NULL,
    -- The message that it is about, if it is about one.
    stats_id TEXT,
    PRIMARY KEY (account_id, conversation_id, reminder_id),
    FOREIGN KEY (account_id, conversation_id) REFERENCES conversation (account_id, conversation_id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE UNIQUE INDEX reminder_by_id ON reminder (account_id, reminder_id);
CREATE INDEX reminder_waiting ON reminder (account_id, remind_at, reminder_id) WHERE waiting = 1;
-- The earliest time of the conversation's open reminders.
ALTER TABLE conversation ADD COLUMN reminder_time INTEGER;

-- As in the first migration: how selective the keys are.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('reminder', 'reminder', '100000 100000 3 1'),
    ('reminder', 'reminder_by_id', '100000 100000 1'),
    ('reminder', 'reminder_waiting', '10000 10000 2 1');
ANALYZE sqlite_schema;
