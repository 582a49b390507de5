-- Further addresses that a mailbox's owner writes from.
CREATE TABLE mailbox_alias (
    account_id INTEGER NOT NULL,
    mailbox_id INTEGER NOT NULL,
    -- In the form in which addresses are compared.
    email TEXT NOT NULL,
    -- Learned from sent mail; else a person saved it.
    learned INTEGER NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (account_id, mailbox_id, email)
) WITHOUT ROWID;
-- Whose an address is.
CREATE INDEX mailbox_alias_by_email ON mailbox_alias (account_id, email);
-- Whether somebody else already writes from an address.
CREATE INDEX participant_by_email ON participant (account_id, email);

-- What we sent and placed nowhere before there was a table of untracked mail: every message is in exactly one place.
INSERT INTO untracked (account_id, message_id, at, refs, listed)
    SELECT account_id, message_id, at, '', direction = 'inbound' FROM message m WHERE conversation_id IS NULL
    AND NOT EXISTS (SELECT 1 FROM untracked u WHERE u.account_id = m.account_id AND u.message_id = m.message_id);

-- As in the first migration: how selective each key is.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('mailbox_alias', 'mailbox_alias', '1000 1000 2 1'),
    ('mailbox_alias', 'mailbox_alias_by_email', '1000 1000 1 1'),
    ('participant', 'participant_by_email', '100000 100000 2 1');
ANALYZE sqlite_schema;
