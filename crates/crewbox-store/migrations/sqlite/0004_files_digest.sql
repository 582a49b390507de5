-- Two mails that differ only in an attachment are two messages.

-- Digest of the attachments' bytes. NULL in what was stored before there was one, until `crewbox reindex` fills it in:
-- such a message is known again by what it says of its attachments.
ALTER TABLE message ADD COLUMN files_digest BLOB;
-- NULL where the message had none: it is known again without.
ALTER TABLE tombstone ADD COLUMN files_digest BLOB;
