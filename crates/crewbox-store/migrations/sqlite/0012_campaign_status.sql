-- What the API shows of a campaign and of a mailbox besides their names.

ALTER TABLE campaign ADD COLUMN status TEXT NOT NULL DEFAULT 'active';
-- JSON: settings that are kept for those who read them; empty for none.
ALTER TABLE campaign ADD COLUMN settings TEXT NOT NULL DEFAULT '';
-- NULL until it is changed.
ALTER TABLE campaign ADD COLUMN updated_at INTEGER;
-- A deleted campaign keeps its row, so that its conversations stay explained.
ALTER TABLE campaign ADD COLUMN deleted_at INTEGER;

-- #RRGGBB; NULL for one that was made without a colour.
ALTER TABLE tag ADD COLUMN color TEXT;

CREATE TABLE mailbox_tag (
    account_id INTEGER NOT NULL,
    mailbox_id INTEGER NOT NULL,
    tag_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, mailbox_id, tag_id)
) WITHOUT ROWID;

-- As in the first migration: how selective the key is.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('mailbox_tag', 'mailbox_tag', '1000 1000 3 1');
ANALYZE sqlite_schema;
