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
  -- The first message they may see: above 1 for who joined while the chat kept its history from newcomers.
  first_seq INTEGER NOT NULL,
  delivered_seq INTEGER NOT NULL,
  read_seq INTEGER NOT NULL,
  receipt_rev INTEGER NOT NULL
) WITHOUT ROWID;

-- Every step of the clock that is not a new message alone, and the rows it touched:
-- {"messages":[seq],"members":[user_id],"chat":true,"receipts":true}
CREATE TABLE change (
  rev INTEGER PRIMARY KEY,
  touched TEXT NOT NULL
);

-- Hubs that carry this chat to an all-chats socket.
CREATE TABLE feed (
  user_id TEXT PRIMARY KEY
) WITHOUT ROWID;

-- Membership on its way to D1; removed when the consumer has confirmed it.
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY,
  user_id TEXT NOT NULL,
  queued_at INTEGER NOT NULL
);
