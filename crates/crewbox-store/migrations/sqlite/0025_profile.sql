-- The time zone of a member (a name of the IANA database; none for UTC), and the number from which the secret of their second
-- factor is derived. The secret itself is never stored.
ALTER TABLE member ADD COLUMN time_zone TEXT;
ALTER TABLE member ADD COLUMN second_factor INTEGER;
