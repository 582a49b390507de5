-- Account first in every key and unique constraint: data can be spread over nodes by account, and no
-- look-up can cross from one account to another. No list indexes: lists are answered from memory.
-- Times are milliseconds since 1970 in UTC. Ids are unique within account and table and never used twice.

-- The head is the account's newest change; the epoch moves when a name shown on rows changes.
CREATE TABLE account (
    account_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    head INTEGER NOT NULL DEFAULT 0,
    names_epoch INTEGER NOT NULL DEFAULT 0
);

-- The next id of each table, moved a block at a time. Account 0 is the server itself.
CREATE TABLE counter (
    account_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    next_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, name)
) WITHOUT ROWID;

-- Who signs in where: the only table without the account in front.
CREATE TABLE directory (
    email TEXT NOT NULL,
    account_id INTEGER NOT NULL,
    member_id INTEGER NOT NULL,
    PRIMARY KEY (email, account_id)
) WITHOUT ROWID;

CREATE TABLE change_log (
    account_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    actor_id INTEGER,
    kind TEXT NOT NULL,
    conversation_id INTEGER,
    subject_id INTEGER,
    -- JSON: [[field, before, after], ...]; empty for none. Never holds text of anybody's.
    detail TEXT NOT NULL,
    PRIMARY KEY (account_id, seq)
) WITHOUT ROWID;

-- Batches that must happen once, and what they answered.
CREATE TABLE batch_once (
    account_id INTEGER NOT NULL,
    once_key TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    -- JSON: the outcomes, in order.
    outcomes TEXT NOT NULL,
    PRIMARY KEY (account_id, once_key)
) WITHOUT ROWID;

CREATE TABLE member (
    account_id INTEGER NOT NULL,
    member_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    role TEXT NOT NULL,
    client_id INTEGER,
    password_hash TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, member_id),
    UNIQUE (account_id, email)
) WITHOUT ROWID;

CREATE TABLE api_key (
    account_id INTEGER NOT NULL,
    key_id INTEGER NOT NULL,
    member_id INTEGER NOT NULL,
    hash BLOB NOT NULL,
    dialect TEXT NOT NULL,
    rate_requests INTEGER,
    rate_seconds INTEGER,
    client_id INTEGER,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER,
    expires_at INTEGER,
    PRIMARY KEY (account_id, key_id),
    UNIQUE (account_id, hash)
) WITHOUT ROWID;

CREATE TABLE client (
    account_id INTEGER NOT NULL,
    client_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, client_id)
) WITHOUT ROWID;

CREATE TABLE tag (
    account_id INTEGER NOT NULL,
    tag_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (account_id, tag_id),
    UNIQUE (account_id, name)
) WITHOUT ROWID;

CREATE TABLE category (
    account_id INTEGER NOT NULL,
    category_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    sentiment TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, category_id)
) WITHOUT ROWID;

CREATE TABLE campaign (
    account_id INTEGER NOT NULL,
    campaign_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    client_id INTEGER,
    parent_id INTEGER,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, campaign_id)
) WITHOUT ROWID;

CREATE TABLE campaign_mailbox (
    account_id INTEGER NOT NULL,
    campaign_id INTEGER NOT NULL,
    mailbox_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, campaign_id, mailbox_id)
) WITHOUT ROWID;

CREATE TABLE campaign_tag (
    account_id INTEGER NOT NULL,
    campaign_id INTEGER NOT NULL,
    tag_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, campaign_id, tag_id)
) WITHOUT ROWID;

CREATE TABLE mailbox (
    account_id INTEGER NOT NULL,
    mailbox_id INTEGER NOT NULL,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    client_id INTEGER,
    -- JSON: connection settings, without any secret.
    settings TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    removed_at INTEGER,
    PRIMARY KEY (account_id, mailbox_id),
    UNIQUE (account_id, email)
) WITHOUT ROWID;

-- Sealed values. Account 0, mailbox 0 holds the check value by which the sealing key is known again.
CREATE TABLE secret (
    account_id INTEGER NOT NULL,
    mailbox_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (account_id, mailbox_id, kind)
) WITHOUT ROWID;

CREATE TABLE lead (
    account_id INTEGER NOT NULL,
    lead_id INTEGER NOT NULL,
    email TEXT NOT NULL,
    first_name TEXT,
    last_name TEXT,
    company TEXT,
    phone TEXT,
    website TEXT,
    location TEXT,
    linkedin_profile TEXT,
    company_url TEXT,
    -- JSON: [[name, value], ...] in the order given.
    custom_fields TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, lead_id),
    UNIQUE (account_id, email)
) WITHOUT ROWID;

CREATE TABLE conversation (
    account_id INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    lead_id INTEGER NOT NULL,
    campaign_id INTEGER NOT NULL,
    client_id INTEGER,
    mailbox_id INTEGER,
    owner_id INTEGER,
    assigned_at INTEGER,
    category_id INTEGER,
    subsequence_id INTEGER,
    flags INTEGER NOT NULL,
    reply_time INTEGER,
    sent_time INTEGER,
    last_reply_id INTEGER,
    last_sent_id INTEGER,
    snoozed_until INTEGER,
    revenue_cents INTEGER NOT NULL,
    -- Tag ids, ascending, comma between; beside the row because every load of the index reads them.
    tags TEXT NOT NULL,
    lead_status TEXT NOT NULL,
    sent_count INTEGER NOT NULL,
    opened_count INTEGER NOT NULL,
    clicked_count INTEGER NOT NULL,
    replied_count INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, conversation_id),
    -- Lead first: threading asks for all conversations of a lead.
    UNIQUE (account_id, lead_id, campaign_id)
) WITHOUT ROWID;

-- A campaign's leads. None of the columns ever changes, so it costs an insert once and nothing after.
CREATE INDEX conversation_by_campaign ON conversation (account_id, campaign_id, conversation_id);

-- Who writes in a conversation besides its lead.
CREATE TABLE participant (
    account_id INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    email TEXT NOT NULL,
    confirmed INTEGER NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (account_id, conversation_id, email)
) WITHOUT ROWID;

CREATE TABLE message (
    account_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    conversation_id INTEGER,
    mailbox_id INTEGER,
    -- The header's text, and the first eight bytes of its SHA-256: what is looked up.
    rfc_id TEXT NOT NULL,
    rfc_hash INTEGER NOT NULL,
    digest BLOB NOT NULL,
    content BLOB NOT NULL,
    stats_id TEXT NOT NULL,
    direction TEXT NOT NULL,
    class TEXT NOT NULL,
    evidence TEXT NOT NULL,
    reason TEXT NOT NULL,
    from_name TEXT NOT NULL,
    from_email TEXT NOT NULL,
    -- JSON lists, empty text for none.
    to_list TEXT NOT NULL,
    cc_list TEXT NOT NULL,
    subject TEXT NOT NULL,
    at INTEGER NOT NULL,
    returns_at INTEGER,
    opened_at INTEGER,
    -- JSON lists, empty text for none.
    folds TEXT NOT NULL,
    attachments TEXT NOT NULL,
    size INTEGER NOT NULL,
    decoded_lossy INTEGER NOT NULL,
    notice TEXT,
    backfill INTEGER NOT NULL,
    PRIMARY KEY (account_id, message_id)
);

-- The id last, so that the oldest of several comes first without a sort.
CREATE INDEX message_by_rfc_hash ON message (account_id, rfc_hash, message_id);
CREATE INDEX message_by_conversation ON message (account_id, conversation_id)
    WHERE conversation_id IS NOT NULL;

CREATE TABLE message_body (
    account_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    body_text TEXT NOT NULL,
    body_html TEXT,
    sanitiser INTEGER NOT NULL,
    PRIMARY KEY (account_id, message_id)
);

-- Where a message was seen on a server.
CREATE TABLE message_location (
    account_id INTEGER NOT NULL,
    mailbox_id INTEGER NOT NULL,
    folder TEXT NOT NULL,
    uidvalidity INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, mailbox_id, folder, uidvalidity, uid)
) WITHOUT ROWID;

-- Raw mail by the SHA-256 of its bytes. Without data it is the file blobs/<account>/<2 digits>/<digest>.
CREATE TABLE blob (
    account_id INTEGER NOT NULL,
    content BLOB NOT NULL,
    size INTEGER NOT NULL,
    -- zstd.
    data BLOB,
    PRIMARY KEY (account_id, content)
);

-- Deleted mail, by content: it never comes back.
CREATE TABLE tombstone (
    account_id INTEGER NOT NULL,
    content BLOB NOT NULL,
    message_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (account_id, content)
) WITHOUT ROWID;

CREATE TABLE quarantine (
    account_id INTEGER NOT NULL,
    quarantine_id INTEGER NOT NULL,
    mailbox_id INTEGER NOT NULL,
    folder TEXT,
    uidvalidity INTEGER,
    uid INTEGER,
    reason TEXT NOT NULL,
    content BLOB NOT NULL,
    size INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, quarantine_id),
    UNIQUE (account_id, content)
) WITHOUT ROWID;

-- How selective each key is, told once and for all: every account is one value of `account_id`, so that column
-- narrows nothing. Without it the planner takes the account for ten rows and reads all of them. ANALYZE is
-- never run again, so plans do not change with the data. Numbers: rows, then rows alike in the first column,
-- in the first two, and so on. A table without rowid names itself as its primary key.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('change_log', 'change_log', '1000000 1000000 1'),
    ('conversation', 'conversation', '1000000 1000000 1'),
    ('conversation', 'sqlite_autoindex_conversation_2', '1000000 1000000 2 1'),
    ('conversation', 'conversation_by_campaign', '1000000 1000000 5000 1'),
    ('lead', 'lead', '1000000 1000000 1'),
    ('lead', 'sqlite_autoindex_lead_2', '1000000 1000000 1'),
    ('participant', 'participant', '100000 100000 2 1'),
    ('message', 'sqlite_autoindex_message_1', '1000000 1000000 1'),
    ('message', 'message_by_rfc_hash', '1000000 1000000 3 1'),
    ('message', 'message_by_conversation', '1000000 1000000 4'),
    ('message_body', 'sqlite_autoindex_message_body_1', '1000000 1000000 1'),
    ('message_location', 'message_location', '1000000 1000000 10000 5000 5000 1'),
    ('blob', 'sqlite_autoindex_blob_1', '1000000 1000000 1'),
    ('tombstone', 'tombstone', '10000 10000 1'),
    ('quarantine', 'quarantine', '10000 10000 1'),
    ('quarantine', 'sqlite_autoindex_quarantine_2', '10000 10000 1'),
    ('campaign', 'campaign', '1000 1000 1'),
    ('campaign_mailbox', 'campaign_mailbox', '1000 1000 3 1'),
    ('campaign_tag', 'campaign_tag', '1000 1000 3 1'),
    ('mailbox', 'mailbox', '1000 1000 1'),
    ('mailbox', 'sqlite_autoindex_mailbox_2', '1000 1000 1'),
    ('member', 'member', '1000 1000 1'),
    ('member', 'sqlite_autoindex_member_2', '1000 1000 1'),
    ('tag', 'tag', '1000 1000 1'),
    ('tag', 'sqlite_autoindex_tag_2', '1000 1000 1'),
    ('api_key', 'api_key', '1000 1000 1'),
    ('api_key', 'sqlite_autoindex_api_key_2', '1000 1000 1');
-- Makes this connection read them too.
ANALYZE sqlite_schema;
