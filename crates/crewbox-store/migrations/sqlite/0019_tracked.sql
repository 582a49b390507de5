-- What the reader of a sent message did with it, as the program that tracks it reports. The first opening has its column.
ALTER TABLE message ADD COLUMN open_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN clicked_at INTEGER;
ALTER TABLE message ADD COLUMN click_count INTEGER NOT NULL DEFAULT 0;
