-- When a lead that was pushed to a sub-sequence starts there, and whether a reply in the campaign stops it.
ALTER TABLE conversation ADD COLUMN pushed_at INTEGER;
ALTER TABLE conversation ADD COLUMN starts_at INTEGER;
ALTER TABLE conversation ADD COLUMN stop_on_parent_reply INTEGER;
-- When a lead was resumed in its campaign, and when it goes on.
ALTER TABLE conversation ADD COLUMN resumed_at INTEGER;
ALTER TABLE conversation ADD COLUMN resumes_at INTEGER;
