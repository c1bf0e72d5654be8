-- Everything of a chat up to this number is gone for the person; 0: nothing. It only grows while the chat lives.
ALTER TABLE personal ADD COLUMN cleared_seq INTEGER NOT NULL DEFAULT 0;
-- 1: the chat is out of the list until something newer than that comes.
ALTER TABLE personal ADD COLUMN is_unlisted INTEGER NOT NULL DEFAULT 0;
