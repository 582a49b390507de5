-- Members' sessions in browsers, and links that begin one. A row goes when its session ends.
CREATE TABLE session (
    account_id INTEGER NOT NULL,
    session_id INTEGER NOT NULL,
    member_id INTEGER NOT NULL,
    -- SHA-256 of the token.
    hash BLOB NOT NULL,
    kind TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, session_id),
    UNIQUE (account_id, hash),
    FOREIGN KEY (account_id, member_id) REFERENCES member (account_id, member_id) ON DELETE CASCADE
) WITHOUT ROWID;

-- As in the first migration: how selective the keys are.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('session', 'session', '1000 1000 1'),
    ('session', 'sqlite_autoindex_session_2', '1000 1000 1');
ANALYZE sqlite_schema;
