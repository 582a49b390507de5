-- The conversation that all messages were moved into: mail that would come into this one comes into that one.
ALTER TABLE conversation ADD COLUMN merged_into INTEGER;
