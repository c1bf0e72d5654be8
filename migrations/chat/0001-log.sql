-- The log of one chat. One row a message: see the rules of the log in docs/protocol.md for what the numbers mean.

CREATE TABLE chat (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  chat_id TEXT NOT NULL,
  epoch TEXT NOT NULL,
  chat_type TEXT NOT NULL,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  rev INTEGER NOT NULL,
  member_count INTEGER NOT NULL,
  -- Everybody who ever was in it: the next to join takes this place.
  people_count INTEGER NOT NULL,
  max_members INTEGER NOT NULL,
  settings TEXT NOT NULL,
  is_active INTEGER NOT NULL,
  -- Changes up to here were trimmed: an older cursor gets a snapshot.
  changes_after INTEGER NOT NULL DEFAULT 0
);

-- born_rev grows with seq, so that what is new since a cursor is read from the end of the table without an index.
CREATE TABLE message (
  seq INTEGER PRIMARY KEY,
  born_rev INTEGER NOT NULL,
  rev INTEGER NOT NULL,
  sender_id TEXT NOT NULL,
  client_msg_id TEXT,
  seen_seq INTEGER,
  message_type TEXT NOT NULL,
  content TEXT,
  reply_to INTEGER,
  created_at INTEGER NOT NULL,
  deleted_at INTEGER,
  -- What was sent, once content no longer says it: a repeat must still be told from another message with the same id.
  digest TEXT
);

-- Only senders that do not say what they had seen pay for a second row.
CREATE UNIQUE INDEX message_unseen ON message (sender_id, client_msg_id) WHERE seen_seq IS NULL AND client_msg_id IS NOT NULL;

CREATE TABLE member (
  user_id TEXT PRIMARY KEY,
  username TEXT NOT NULL,
  display_name TEXT NOT NULL,
  role TEXT NOT NULL,
  joined_at INTEGER NOT NULL,
  removed_at INTEGER,
  rev INTEGER NOT NULL,
  -- The step of the clock with which they came in, the last time they did.
  joined_rev INTEGER NOT NULL,
  -- The first message they may see: above 1 for who joined while the chat kept its history from newcomers.
  first_seq INTEGER NOT NULL,
  -- Nobody else's number in this chat, from 0: says in which page their receipts lie.
  place INTEGER NOT NULL
) WITHOUT ROWID;

-- How far members have received and read, many to a row: {"user_id":[delivered_seq,read_seq,rev]}, and for who has
-- something unread three numbers more: others' messages above the one and up to the other, and how many.
-- Page 0 carries the rev of every flush, so that the head of the clock is found by reading it alone.
CREATE TABLE receipt (
  page INTEGER PRIMARY KEY,
  rev INTEGER NOT NULL,
  cursors TEXT NOT NULL
);

-- Every step of the clock that is neither a new message alone nor a flush of receipts, and the rows it touched:
-- {"messages":[seq],"members":[user_id],"chat":true}
CREATE TABLE change (
  rev INTEGER PRIMARY KEY,
  touched TEXT NOT NULL
);

-- Hubs that carry this chat to an all-chats socket.
CREATE TABLE feed (
  user_id TEXT PRIMARY KEY
) WITHOUT ROWID;

-- Membership on its way to D1; removed when the consumer has confirmed it. Ids are made of the rev that caused the row,
-- so that none is given twice: a late confirmation of an old job must not remove a new row.
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY,
  user_id TEXT NOT NULL,
  queued_at INTEGER NOT NULL
);
