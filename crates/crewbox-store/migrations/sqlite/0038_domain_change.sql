-- Which domains were blocked, or blocked no longer, by each change: undo gives that back. The log has no names, so they are
-- here.
CREATE TABLE domain_change (
    account_id INTEGER NOT NULL,
    -- The change in the log has this number in its detail.
    domain_change_id INTEGER NOT NULL,
    domain TEXT NOT NULL,
    -- Why it is, or was, blocked.
    source TEXT NOT NULL,
    PRIMARY KEY (account_id, domain_change_id, domain)
) WITHOUT ROWID;
CREATE INDEX domain_change_of_domain ON domain_change (account_id, domain, domain_change_id);

-- As in the first migration: how selective the keys are.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('domain_change', 'domain_change', '2000 2000 2 1'),
    ('domain_change', 'domain_change_of_domain', '2000 2000 2 1');
ANALYZE sqlite_schema;
