-- Addresses that a person removed from a mailbox's aliases: they are never learned again.
CREATE TABLE removed_alias (
    account_id INTEGER NOT NULL,
    mailbox_id INTEGER NOT NULL,
    -- In the form in which addresses are compared.
    email TEXT NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (account_id, mailbox_id, email)
) WITHOUT ROWID;

-- As in the first migration: how selective the key is.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('removed_alias', 'removed_alias', '1000 1000 2 1');

-- The recipients that an untracked delivery report names as failed, known again when it is put into a conversation.
ALTER TABLE untracked ADD COLUMN failed_recipients TEXT NOT NULL DEFAULT '';
ANALYZE sqlite_schema;
