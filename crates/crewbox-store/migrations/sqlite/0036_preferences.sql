-- How a member wants the web inbox to work, as JSON; none where they have never changed anything.
ALTER TABLE member ADD COLUMN preferences TEXT;
