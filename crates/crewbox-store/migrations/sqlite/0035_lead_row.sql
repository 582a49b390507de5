-- A lead's key is an index of its own. In the tree of a table WITHOUT ROWID each comparison of keys on the way to a lead
-- reads the whole rows that it passes, and a row may have 2 MB of custom fields.

CREATE TABLE lead_by_row (
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
    created_at INTEGER NOT NULL,
    -- JSON: [[name, value], ...] in the order given. The last column, so that the others are read without it.
    custom_fields TEXT NOT NULL
);
INSERT INTO lead_by_row
    SELECT account_id, lead_id, client_id, email, first_name, last_name, company, phone, website, location,
        linkedin_profile, company_url, created_at, custom_fields
    FROM lead ORDER BY account_id, lead_id;
DROP TABLE lead;
ALTER TABLE lead_by_row RENAME TO lead;
CREATE UNIQUE INDEX lead_by_id ON lead (account_id, lead_id);
-- One lead for each client and address; 0 means no client, since NULLs differ from each other in a key.
CREATE UNIQUE INDEX lead_by_email ON lead (account_id, email, coalesce(client_id, 0));
CREATE INDEX lead_by_domain ON lead (account_id, substr(email, instr(email, '@') + 1), lead_id);

-- As in the first migration: how selective each key is.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('lead', 'lead_by_id', '1000000 1000000 1'),
    ('lead', 'lead_by_email', '1000000 1000000 1 1'),
    ('lead', 'lead_by_domain', '1000000 1000000 10 1');
ANALYZE sqlite_schema;
