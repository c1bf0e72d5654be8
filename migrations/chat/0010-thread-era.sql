-- Threads by their latest answer, so that a page of them does not read all: the number of that answer, without its last
-- seven bits. It is written once in 128 messages at most, so that an answer seldom pays for its place in the index.
ALTER TABLE message ADD COLUMN thread_era INTEGER;
UPDATE message SET thread_era = json_extract(thread, '$.seq') >> 7 WHERE thread IS NOT NULL;
CREATE INDEX message_thread_era ON message (thread_era) WHERE thread_era IS NOT NULL;
