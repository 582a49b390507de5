-- Mailboxes that are connected, mail on its way out, and mail that belongs to nobody yet.

-- How a mailbox fares, and which worker it belongs to.
CREATE TABLE mailbox_state (
    account_id INTEGER NOT NULL,
    mailbox_id INTEGER NOT NULL,
    -- JSON.
    status TEXT NOT NULL,
    since INTEGER NOT NULL,
    -- Rises with every worker that takes the mailbox over.
    lease INTEGER NOT NULL,
    PRIMARY KEY (account_id, mailbox_id)
) WITHOUT ROWID;

-- A mailbox's folders, each under its present UIDVALIDITY, with the two cursors.
CREATE TABLE folder (
    account_id INTEGER NOT NULL,
    mailbox_id INTEGER NOT NULL,
    folder TEXT NOT NULL,
    role TEXT NOT NULL,
    uidvalidity INTEGER NOT NULL,
    start_uid INTEGER NOT NULL,
    live_uid INTEGER NOT NULL,
    history_uid INTEGER NOT NULL,
    since INTEGER NOT NULL,
    -- JSON: what the last comparison found.
    ledger TEXT,
    PRIMARY KEY (account_id, mailbox_id, folder)
) WITHOUT ROWID;

-- Set when the server no longer has it; our copy stays.
ALTER TABLE message_location ADD COLUMN gone_at INTEGER;

-- Where a quarantined mail was seen.
CREATE TABLE quarantine_location (
    account_id INTEGER NOT NULL,
    mailbox_id INTEGER NOT NULL,
    folder TEXT NOT NULL,
    uidvalidity INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    quarantine_id INTEGER NOT NULL,
    gone_at INTEGER,
    PRIMARY KEY (account_id, mailbox_id, folder, uidvalidity, uid)
) WITHOUT ROWID;
INSERT INTO quarantine_location (account_id, mailbox_id, folder, uidvalidity, uid, quarantine_id)
    SELECT account_id, mailbox_id, folder, uidvalidity, uid, quarantine_id FROM quarantine
    WHERE folder IS NOT NULL;

-- What taking a quarantined mail in after all needs: when its server took it in, and whether it is history.
ALTER TABLE quarantine ADD COLUMN mail_at INTEGER;
ALTER TABLE quarantine ADD COLUMN backfill INTEGER NOT NULL DEFAULT 0;
-- Which way it went, where the folder it was seen in says so: an alias's From does not.
ALTER TABLE quarantine ADD COLUMN direction TEXT;
-- The reader that died of it, if one did.
ALTER TABLE quarantine ADD COLUMN reader TEXT;

-- Mail that was begun: a process that dies finds here what it was at.
CREATE TABLE fetch_attempt (
    account_id INTEGER NOT NULL,
    mailbox_id INTEGER NOT NULL,
    folder TEXT NOT NULL,
    uidvalidity INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    -- Deaths while it was the only mail at work, one counted in advance while it is.
    deaths INTEGER NOT NULL,
    PRIMARY KEY (account_id, mailbox_id, folder, uidvalidity, uid)
) WITHOUT ROWID;

-- The earliest time a message waiting to be sent is scheduled for.
ALTER TABLE conversation ADD COLUMN scheduled_time INTEGER;

-- A deleted message is known again by its identity too: the copy at its second place may have other bytes.
ALTER TABLE tombstone ADD COLUMN rfc_hash INTEGER;
ALTER TABLE tombstone ADD COLUMN digest BLOB;
ALTER TABLE tombstone ADD COLUMN direction TEXT;
CREATE INDEX tombstone_by_rfc_hash ON tombstone (account_id, rfc_hash);

-- The outbox. The bytes are a blob.
CREATE TABLE outgoing (
    account_id INTEGER NOT NULL,
    outgoing_id INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    mailbox_id INTEGER NOT NULL,
    member_id INTEGER,
    rfc_id TEXT NOT NULL,
    rfc_hash INTEGER NOT NULL,
    reference TEXT NOT NULL,
    stats_id TEXT NOT NULL,
    state TEXT NOT NULL,
    sender TEXT NOT NULL,
    -- JSON list.
    recipients TEXT NOT NULL,
    not_before INTEGER NOT NULL,
    scheduled_time INTEGER,
    next_try INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    answer TEXT,
    message_id INTEGER,
    copy TEXT NOT NULL,
    content BLOB NOT NULL,
    size INTEGER NOT NULL,
    fingerprint BLOB NOT NULL,
    -- SHA-256 of the call's body: the same fingerprint with another one is another message, and refused.
    asked BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, outgoing_id)
) WITHOUT ROWID;
CREATE INDEX outgoing_by_rfc_hash ON outgoing (account_id, rfc_hash);
CREATE INDEX outgoing_by_reference ON outgoing (account_id, reference);
CREATE INDEX outgoing_by_fingerprint ON outgoing (account_id, fingerprint);
-- What waits is little whatever has been sent, so these two stay small.
-- Mailbox first, so that each mailbox's earliest is one step away however much another has waiting.
CREATE INDEX outgoing_waiting ON outgoing (account_id, mailbox_id, next_try) WHERE state = 'queued';
CREATE INDEX outgoing_unsettled ON outgoing (account_id, outgoing_id)
    WHERE state IN ('sending', 'unknown') OR copy = 'wanted';
CREATE INDEX outgoing_by_conversation ON outgoing (account_id, conversation_id) WHERE state = 'queued';

-- What untracked mail answers, so that it can follow when its thread finds a conversation.
CREATE TABLE untracked (
    account_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    -- JSON list: Message-IDs, as the mail names them.
    refs TEXT NOT NULL,
    -- Whether it is offered: what we sent ourselves is not, and only follows.
    listed INTEGER NOT NULL,
    PRIMARY KEY (account_id, message_id)
) WITHOUT ROWID;
CREATE INDEX untracked_by_time ON untracked (account_id, at, message_id) WHERE listed = 1;
CREATE TABLE untracked_reference (
    account_id INTEGER NOT NULL,
    rfc_hash INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, rfc_hash, message_id)
) WITHOUT ROWID;
-- What was untracked before there was this table; its references are in its raw mail only.
INSERT INTO untracked (account_id, message_id, at, refs, listed)
    SELECT account_id, message_id, at, '', 1 FROM message
    WHERE conversation_id IS NULL AND direction = 'inbound';

-- Domains that are not written to, and whose mail is not offered.
CREATE TABLE blocked_domain (
    account_id INTEGER NOT NULL,
    domain TEXT NOT NULL,
    source TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (account_id, domain)
) WITHOUT ROWID;
CREATE INDEX lead_by_domain ON lead (account_id, substr(email, instr(email, '@') + 1));

-- Replies name the message they answer by its stats_id.
CREATE INDEX message_by_stats_id ON message (account_id, stats_id);

-- As in the first migration: how selective each key is.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('message', 'message_by_stats_id', '1000000 1000000 2'),
    ('mailbox_state', 'mailbox_state', '1000 1000 1'),
    ('folder', 'folder', '3000 3000 3 1'),
    ('quarantine_location', 'quarantine_location', '10000 10000 100 50 50 1'),
    ('fetch_attempt', 'fetch_attempt', '1000 1000 100 100 100 1'),
    ('outgoing', 'outgoing', '100000 100000 1'),
    ('outgoing', 'outgoing_by_rfc_hash', '100000 100000 1'),
    ('outgoing', 'outgoing_by_reference', '100000 100000 1'),
    ('outgoing', 'outgoing_by_fingerprint', '100000 100000 1'),
    ('outgoing', 'outgoing_waiting', '1000 1000 10 1'),
    ('outgoing', 'outgoing_unsettled', '100 100 1'),
    ('outgoing', 'outgoing_by_conversation', '1000 1000 1'),
    ('untracked', 'untracked', '100000 100000 1'),
    ('untracked', 'untracked_by_time', '100000 100000 1 1'),
    ('untracked_reference', 'untracked_reference', '300000 300000 1 1'),
    ('blocked_domain', 'blocked_domain', '1000 1000 1'),
    ('lead', 'lead_by_domain', '1000000 1000000 10');
ANALYZE sqlite_schema;
