-- What the load of a team is counted by.

-- The earliest due time of the conversation's open tasks.
ALTER TABLE conversation ADD COLUMN task_time INTEGER;
UPDATE conversation SET task_time = (
    SELECT min(due_at) FROM task t
    WHERE t.account_id = conversation.account_id AND t.conversation_id = conversation.conversation_id
        AND t.done_at IS NULL
) WHERE EXISTS (
    SELECT 1 FROM task t
    WHERE t.account_id = conversation.account_id AND t.conversation_id = conversation.conversation_id
);
-- The flag that says that the newest message is a reply by a person (4096).
UPDATE conversation SET flags = flags | 4096
WHERE human_reply_time IS NOT NULL AND human_reply_time = reply_time
    AND (sent_time IS NULL OR (reply_time, last_reply_id) > (sent_time, last_sent_id));
