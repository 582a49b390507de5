-- Bulk actions: one action on many conversations, done in steps.
CREATE TABLE bulk (
    account_id INTEGER NOT NULL,
    bulk_id INTEGER NOT NULL,
    -- Who started it; NULL for the operator.
    member_id INTEGER,
    -- The client that its author was restricted to.
    client_id INTEGER,
    -- A JSON array of one.
    action TEXT NOT NULL,
    state TEXT NOT NULL,
    matched INTEGER NOT NULL,
    -- Steps done: the number of the next one.
    steps INTEGER NOT NULL,
    done INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    conflicts INTEGER NOT NULL,
    -- The head of the log when it was started: its changes come later.
    since INTEGER NOT NULL,
    -- The job that undid it.
    undone_by INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, bulk_id)
) WITHOUT ROWID;
CREATE INDEX bulk_running ON bulk (account_id, bulk_id) WHERE state = 'running';

-- The rows of the steps to come: numbers that ascend, packed. A step deletes its own.
CREATE TABLE bulk_step (
    account_id INTEGER NOT NULL,
    bulk_id INTEGER NOT NULL,
    step INTEGER NOT NULL,
    rows BLOB NOT NULL,
    PRIMARY KEY (account_id, bulk_id, step)
) WITHOUT ROWID;

-- Changes that an undo left as they are, because somebody has changed the same since.
CREATE TABLE bulk_conflict (
    account_id INTEGER NOT NULL,
    bulk_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (account_id, bulk_id, seq)
) WITHOUT ROWID;

-- As in the first migration: how selective the key is.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('bulk', 'bulk_running', '10 10 1');
ANALYZE sqlite_schema;
