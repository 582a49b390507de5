-- What an untracked message was before a person put it, or its thread, into a conversation: undo gives that back.
CREATE TABLE attached (
    account_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    -- The message that the person attached: this one, or the one that it followed.
    first_id INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    -- When it was attached.
    since INTEGER NOT NULL,
    -- As it was: of the message, and of its row in untracked.
    reason TEXT NOT NULL,
    stats_id TEXT NOT NULL,
    mailbox_id INTEGER,
    backfill INTEGER NOT NULL,
    at INTEGER NOT NULL,
    refs TEXT NOT NULL,
    listed INTEGER NOT NULL,
    failed_recipients TEXT NOT NULL,
    PRIMARY KEY (account_id, message_id),
    FOREIGN KEY (account_id, message_id) REFERENCES message (account_id, message_id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX attached_by_first ON attached (account_id, first_id);

-- As in the first migration: how selective the keys are.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('attached', 'attached', '10000 10000 1'),
    ('attached', 'attached_by_first', '10000 10000 2');
ANALYZE sqlite_schema;
