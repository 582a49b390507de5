-- Drafts of answers, one for each member and conversation. They go with it.
CREATE TABLE draft (
    account_id INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    member_id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    -- A JSON array of one.
    content TEXT NOT NULL,
    saved_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, conversation_id, member_id),
    FOREIGN KEY (account_id, conversation_id) REFERENCES conversation (account_id, conversation_id) ON DELETE CASCADE
) WITHOUT ROWID;
