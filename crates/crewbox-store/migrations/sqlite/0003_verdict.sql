-- What a message is taken for can be doubted and corrected.

-- What it may be instead, where there is some proof but not enough.
ALTER TABLE message ADD COLUMN suspected TEXT;
-- Set when a person gave the class: classifying again leaves it.
ALTER TABLE message ADD COLUMN corrected INTEGER NOT NULL DEFAULT 0;
-- When it came into its conversation, or in at all while untracked: tells what people did before and after. None of
-- messages from before; then their own time stands for it.
ALTER TABLE message ADD COLUMN joined_at INTEGER;
-- A delivery report about a recipient who is not the lead.
ALTER TABLE message ADD COLUMN about_another INTEGER NOT NULL DEFAULT 0;

-- A reply by a person ends an earlier bounce, so both times are kept.
ALTER TABLE conversation ADD COLUMN human_reply_time INTEGER;
ALTER TABLE conversation ADD COLUMN bounce_time INTEGER;
UPDATE conversation SET
    human_reply_time = (SELECT max(m.at) FROM message m WHERE m.account_id = conversation.account_id
        AND m.conversation_id = conversation.conversation_id AND m.direction = 'inbound' AND m.class = 'human'),
    bounce_time = (SELECT max(m.at) FROM message m WHERE m.account_id = conversation.account_id
        AND m.conversation_id = conversation.conversation_id AND m.direction = 'inbound' AND m.class = 'bounce');
-- 128 is the flag Bounced.
UPDATE conversation SET flags = iif(bounce_time > coalesce(human_reply_time, bounce_time - 1), flags | 128, flags & ~128)
    WHERE bounce_time IS NOT NULL;
