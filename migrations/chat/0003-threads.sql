-- Threads, polls, and the time at which a message disappears. A plain message has none of it and stays one row.

-- The number of the message whose thread this one belongs to.
ALTER TABLE message ADD COLUMN thread_root INTEGER;
-- Of a message that has a thread, what it says of the answers: {"count","at","seq","people":[user_id]}.
ALTER TABLE message ADD COLUMN thread TEXT;
-- Of a poll that was voted in or ended: {"voters","counts":[n],"people":[[user_id]],"closed_at"}, by option.
ALTER TABLE message ADD COLUMN poll TEXT;
-- When it disappears for everybody, in epoch milliseconds.
ALTER TABLE message ADD COLUMN expires_at INTEGER;

-- Only answers are in it: a thread is read without reading what stands between.
CREATE INDEX message_thread ON message (thread_root, seq) WHERE thread_root IS NOT NULL;

-- Who follows a thread, or stopped to, and how far they have read in it.
CREATE TABLE thread_member (
  root INTEGER NOT NULL,
  user_id TEXT NOT NULL,
  is_following INTEGER NOT NULL,
  read_seq INTEGER NOT NULL,
  -- The person's last commands about it, as in message.commands: [mark,rev,mark,rev].
  commands TEXT,
  PRIMARY KEY (root, user_id)
) WITHOUT ROWID;
CREATE INDEX thread_member_user ON thread_member (user_id, root);

-- What a person chose in a poll: a bit for each option, the first option's the lowest. 0 once it was taken back.
CREATE TABLE vote (
  seq INTEGER NOT NULL,
  user_id TEXT NOT NULL,
  options INTEGER NOT NULL,
  -- The step of the clock that last changed it: people are named in this order.
  rev INTEGER NOT NULL,
  commands TEXT,
  PRIMARY KEY (seq, user_id)
) WITHOUT ROWID;
