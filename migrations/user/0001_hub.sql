-- One person's hub. Times are epoch milliseconds. Tables are WITHOUT ROWID, so that a change writes one row:
-- a text key beside a rowid would be a second. No index either: an inbox is hundreds of rows, and reading one
-- costs a thousandth of writing one.
CREATE TABLE hub (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  user_id TEXT NOT NULL,
  epoch TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  -- What the person said of themselves, `away` or `busy`; NULL: as the devices are.
  said_status TEXT,
  -- Since when others see this person as there; NULL while offline.
  online_at INTEGER,
  -- When the last socket went, and what others saw then; NULL while a socket is open.
  left_at INTEGER,
  left_status TEXT,
  -- The chats know that the devices have everything up to this rev of the inbox.
  delivered_rev INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE inbox (
  chat_id TEXT PRIMARY KEY,
  chat_epoch TEXT NOT NULL,
  chat_rev INTEGER NOT NULL,
  -- The hub's clock when devices were last owed this entry.
  rev INTEGER NOT NULL,
  -- The chat has news that the entry does not show; it will not call again before its head was read.
  is_dirty INTEGER NOT NULL,
  is_removed INTEGER NOT NULL,
  chat_type TEXT NOT NULL,
  head_seq INTEGER NOT NULL,
  read_seq INTEGER NOT NULL,
  unread INTEGER NOT NULL,
  last_at TEXT NOT NULL,
  -- The entry as the wire shows it, but for `rev`: JSON.
  entry TEXT NOT NULL
) WITHOUT ROWID;

-- Objects that have opened a socket of a session: where its end must be heard.
CREATE TABLE registration (
  session_id TEXT NOT NULL,
  chat_id TEXT NOT NULL,
  PRIMARY KEY (session_id, chat_id)
) WITHOUT ROWID;

CREATE TABLE revocation (
  session_id TEXT PRIMARY KEY,
  revoked_at INTEGER NOT NULL
) WITHOUT ROWID;

-- Hubs whose devices watch this person, and the shared chat that gives them the right.
CREATE TABLE watcher (
  user_id TEXT PRIMARY KEY,
  chat_id TEXT NOT NULL,
  noted_at INTEGER NOT NULL
) WITHOUT ROWID;
