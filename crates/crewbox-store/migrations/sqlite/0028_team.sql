-- What members did in each conversation, kept by a follower of the log. All of it is derived from the messages and the
-- log: it saves reading every conversation at each start.
CREATE TABLE team_activity (
    account_id INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    -- In order of time within the conversation.
    number INTEGER NOT NULL,
    member_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    -- Seconds of a response, or the category.
    value INTEGER,
    PRIMARY KEY (account_id, conversation_id, number),
    FOREIGN KEY (account_id, conversation_id) REFERENCES conversation (account_id, conversation_id) ON DELETE CASCADE
) WITHOUT ROWID;

-- The change up to which it has followed the log. An account without a row has not begun.
CREATE TABLE team_position (
    account_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (account_id)
) WITHOUT ROWID;

-- Who owned a conversation when: a response counts for the owner of that moment.
CREATE INDEX change_log_owner ON change_log (account_id, conversation_id, seq) WHERE kind = 'owner_changed';

-- As in the first migration: how selective the keys are.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('team_activity', 'team_activity', '1000000 1000000 3 1'),
    ('change_log', 'change_log_owner', '100000 100000 2 1');
ANALYZE sqlite_schema;
