-- A lead belongs to one client, or to none.

-- Every client that has a lead in its campaigns. The one that had it first keeps the lead's id; each other one gets an
-- id of its own.
CREATE TABLE lead_of_client AS
WITH
    of_client AS (
        SELECT account_id, lead_id, client_id, row_number() OVER (
            PARTITION BY account_id, lead_id ORDER BY min(created_at), min(conversation_id)
        ) AS place
        FROM conversation GROUP BY account_id, lead_id, client_id
    ),
    numbered AS (
        SELECT account_id, lead_id, client_id, place, row_number() OVER (
            PARTITION BY account_id, place > 1 ORDER BY lead_id, place
        ) AS number
        FROM of_client
    )
SELECT n.account_id, n.lead_id, n.client_id, iif(n.place = 1, n.lead_id, c.next_id - 1 + n.number) AS new_id
FROM numbered n LEFT JOIN counter c ON c.account_id = n.account_id AND c.name = 'lead';
CREATE INDEX lead_of_client_by_lead ON lead_of_client (account_id, lead_id);

-- Nothing says who wrote which field of a lead, so each client has what was there, as it could see it before. A lead in
-- no campaign has no client.
CREATE TABLE lead_with_client (
    account_id INTEGER NOT NULL,
    lead_id INTEGER NOT NULL,
    client_id INTEGER,
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
    PRIMARY KEY (account_id, lead_id)
) WITHOUT ROWID;
INSERT INTO lead_with_client
    SELECT l.account_id, coalesce(o.new_id, l.lead_id), o.client_id, l.email, l.first_name, l.last_name, l.company,
        l.phone, l.website, l.location, l.linkedin_profile, l.company_url, l.custom_fields, l.created_at
    FROM lead l LEFT JOIN lead_of_client o ON o.account_id = l.account_id AND o.lead_id = l.lead_id;

UPDATE conversation SET lead_id = o.new_id FROM lead_of_client o
    WHERE o.account_id = conversation.account_id AND o.lead_id = conversation.lead_id
        AND o.client_id IS conversation.client_id AND o.new_id != o.lead_id;
UPDATE counter SET next_id = next_id + (SELECT count(*) FROM lead_of_client o
        WHERE o.account_id = counter.account_id AND o.new_id != o.lead_id)
    WHERE name = 'lead';

-- The log says which conversations have another lead now. There is no clock here: the changes have the time of the one
-- before them.
INSERT INTO change_log (account_id, seq, at, actor_id, kind, conversation_id, subject_id, detail, cause, rule_id)
    SELECT c.account_id, a.head + row_number() OVER (PARTITION BY c.account_id ORDER BY c.conversation_id),
        (SELECT l.at FROM change_log l WHERE l.account_id = a.account_id AND l.seq = a.head),
        NULL, 'lead_changed', c.conversation_id, c.lead_id, '', 'system', NULL
    FROM lead_of_client o
    JOIN account a ON a.account_id = o.account_id
    JOIN conversation c ON c.account_id = o.account_id AND c.lead_id = o.new_id
    WHERE o.new_id != o.lead_id;
UPDATE account SET head = max(head, (SELECT coalesce(max(l.seq), 0) FROM change_log l WHERE l.account_id = account.account_id));

DROP TABLE lead_of_client;
DROP TABLE lead;
ALTER TABLE lead_with_client RENAME TO lead;
-- One lead for each client and address; 0 means no client, since NULLs differ from each other in a key.
CREATE UNIQUE INDEX lead_by_email ON lead (account_id, email, coalesce(client_id, 0));
CREATE INDEX lead_by_domain ON lead (account_id, substr(email, instr(email, '@') + 1));

-- As in the first migration: how selective each key is.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('lead', 'lead', '1000000 1000000 1'),
    ('lead', 'lead_by_email', '1000000 1000000 1 1'),
    ('lead', 'lead_by_domain', '1000000 1000000 10');
ANALYZE sqlite_schema;
