-- The responses to calls with an Idempotency-Key: the same call again gets the same response. Kept for a day.
CREATE TABLE stored_response (
    account_id INTEGER NOT NULL,
    -- Digest of who called, the call and its key; and of what was asked for.
    fingerprint BLOB NOT NULL,
    asked BLOB NOT NULL,
    at INTEGER NOT NULL,
    status INTEGER NOT NULL,
    -- Sealed. NULL where it is not kept: it had a secret, it was long, or what it told of was deleted.
    body BLOB,
    PRIMARY KEY (account_id, fingerprint)
) WITHOUT ROWID;
CREATE INDEX stored_response_by_time ON stored_response (account_id, at);
CREATE INDEX stored_response_with_body ON stored_response (account_id) WHERE body IS NOT NULL;

-- As in the first migration: how selective the keys are.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('stored_response', 'stored_response', '10000 10000 1'),
    ('stored_response', 'stored_response_by_time', '10000 10000 1'),
    ('stored_response', 'stored_response_with_body', '10000 10000');
ANALYZE sqlite_schema;
