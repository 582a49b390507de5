-- Receivers of events, and what is delivered to them.
CREATE TABLE webhook (
    account_id INTEGER NOT NULL,
    webhook_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    url TEXT NOT NULL,
    -- user, client or campaign: whose events it gets.
    association TEXT NOT NULL,
    -- Of a client's or a campaign's webhook, that client.
    client_id INTEGER,
    campaign_id INTEGER,
    -- JSON lists, empty text for none.
    events TEXT NOT NULL,
    categories TEXT NOT NULL,
    -- By which deliveries are signed; NULL once it was dropped with all sealed values.
    sealed BLOB,
    -- It gets what happened after this change.
    since INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, webhook_id)
) WITHOUT ROWID;

-- An event to deliver, by ids: what it says is read when it is sent.
CREATE TABLE webhook_delivery (
    account_id INTEGER NOT NULL,
    webhook_delivery_id INTEGER NOT NULL,
    webhook_id INTEGER NOT NULL,
    -- The change that it is.
    seq INTEGER NOT NULL,
    event TEXT NOT NULL,
    at INTEGER NOT NULL,
    conversation_id INTEGER,
    campaign_id INTEGER,
    message_id INTEGER,
    value_before INTEGER,
    value_after INTEGER,
    request_id TEXT NOT NULL,
    -- waiting, delivered or failed.
    state TEXT NOT NULL,
    tries INTEGER NOT NULL,
    next_try INTEGER NOT NULL,
    -- What the receiver answered last, and why the last try failed.
    status INTEGER,
    error TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, webhook_delivery_id),
    UNIQUE (account_id, webhook_id, seq, event),
    FOREIGN KEY (account_id, webhook_id) REFERENCES webhook (account_id, webhook_id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX webhook_delivery_waiting ON webhook_delivery (account_id, webhook_id, next_try, webhook_delivery_id)
    WHERE state = 'waiting';
CREATE INDEX webhook_delivery_by_campaign ON webhook_delivery (account_id, campaign_id, at);
CREATE INDEX webhook_delivery_by_age ON webhook_delivery (account_id, created_at);

-- Up to which change each account's log was looked through.
CREATE TABLE webhook_cursor (
    account_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (account_id)
) WITHOUT ROWID;

-- As in the first migration: how selective the keys are.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('webhook', 'webhook', '100 100 1'),
    ('webhook_delivery', 'webhook_delivery', '1000000 1000000 1'),
    ('webhook_delivery', 'sqlite_autoindex_webhook_delivery_2', '1000000 1000000 10000 2 1'),
    ('webhook_delivery', 'webhook_delivery_waiting', '10000 10000 100 2 1'),
    ('webhook_delivery', 'webhook_delivery_by_campaign', '1000000 1000000 5000 1'),
    ('webhook_delivery', 'webhook_delivery_by_age', '1000000 1000000 5');
ANALYZE sqlite_schema;
