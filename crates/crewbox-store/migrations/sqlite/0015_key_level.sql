-- What an API key is called, how much it allows, and when it was last used.
ALTER TABLE api_key ADD COLUMN name TEXT;
ALTER TABLE api_key ADD COLUMN level TEXT NOT NULL DEFAULT 'manage';
-- Written once an hour at most; NULL for a key that was not used since this column exists.
ALTER TABLE api_key ADD COLUMN used_at INTEGER;
