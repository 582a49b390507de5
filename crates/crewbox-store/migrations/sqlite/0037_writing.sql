-- What helps members to write: the signature of each, as it was typed, and texts that they keep under a name.
ALTER TABLE member ADD COLUMN signature TEXT;

CREATE TABLE template (
    account_id INTEGER NOT NULL,
    template_id INTEGER NOT NULL,
    -- Who wrote it; NULL for the operator.
    member_id INTEGER,
    -- The client whose own members may see it; NULL for the team only.
    client_id INTEGER,
    name TEXT NOT NULL,
    content TEXT NOT NULL,
    shared INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, template_id)
) WITHOUT ROWID;
