-- Which client a change belongs to, and its number among that client's changes: readers who are restricted to a client see
-- these numbers only, because those of the account tell how much happens for others.
ALTER TABLE change_log ADD COLUMN client_id INTEGER;
ALTER TABLE change_log ADD COLUMN client_seq INTEGER;

-- What is there already belongs to the client that its conversation, campaign or mailbox has now. Of conversations that were
-- deleted before, that is not known any more.
UPDATE change_log SET client_id = (
    SELECT c.client_id FROM conversation c
    WHERE c.account_id = change_log.account_id AND c.conversation_id = change_log.conversation_id)
WHERE conversation_id IS NOT NULL AND account_id IN (SELECT account_id FROM client);
UPDATE change_log SET client_id = (
    SELECT c.client_id FROM campaign c
    WHERE c.account_id = change_log.account_id AND c.campaign_id = change_log.subject_id)
WHERE kind IN ('campaign_saved', 'campaign_status_changed', 'campaign_deleted')
    AND account_id IN (SELECT account_id FROM client);
UPDATE change_log SET client_id = (
    SELECT m.client_id FROM mailbox m
    WHERE m.account_id = change_log.account_id AND m.mailbox_id = change_log.subject_id)
WHERE kind IN ('mailbox_saved', 'mailbox_aliases_changed', 'mailbox_changed', 'mailbox_removed', 'mailbox_state_changed')
    AND account_id IN (SELECT account_id FROM client);
UPDATE change_log SET client_seq = numbered.number
FROM (
    SELECT account_id, seq, row_number() OVER (PARTITION BY account_id, client_id ORDER BY seq) AS number
    FROM change_log WHERE client_id IS NOT NULL) AS numbered
WHERE numbered.account_id = change_log.account_id AND numbered.seq = change_log.seq;

CREATE UNIQUE INDEX change_log_client ON change_log (account_id, client_id, client_seq) WHERE client_id IS NOT NULL;
-- Changes after which rows show another name; there are few.
CREATE INDEX change_log_names ON change_log (account_id, seq) WHERE detail = '[["shown_names",null,null]]';

-- As in the first migration: how selective the keys are.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('change_log', 'change_log_client', '1000000 1000000 50000 1'),
    ('change_log', 'change_log_names', '1000 1000 1');
ANALYZE sqlite_schema;
