-- Lists that members saved under a name.
CREATE TABLE saved_view (
    account_id INTEGER NOT NULL,
    saved_view_id INTEGER NOT NULL,
    -- Who saved it; NULL for the operator.
    member_id INTEGER,
    -- The client whose own members and keys may see it; NULL for the team only.
    client_id INTEGER,
    name TEXT NOT NULL,
    shared INTEGER NOT NULL,
    -- A JSON array of one: the list, its filters and its order, under the names of the API.
    content TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, saved_view_id)
) WITHOUT ROWID;
