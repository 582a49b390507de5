-- Ids that a relay gave to a message of ours, and may have put in the place of its Message-ID: what the server said when
-- it took the message. An answer to such an id is an answer to the message.
CREATE TABLE relay_id (
    account_id INTEGER NOT NULL,
    id_hash INTEGER NOT NULL,
    relay_id TEXT NOT NULL,
    outgoing_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, id_hash, relay_id, outgoing_id)
) WITHOUT ROWID;
CREATE INDEX relay_id_by_outgoing ON relay_id (account_id, outgoing_id);
