-- When a person took a participant out of a conversation. The row stays: later mail from the address must not come in
-- again. None while they take part.
ALTER TABLE participant ADD COLUMN detached_at INTEGER;
