-- What a person sets for themselves. Apart from `inbox`, whose rows are written with every bump: so a long draft is not
-- written again with each message, and a change of one of the three is one row. Each moves the hub's clock by its `rev`.

CREATE TABLE personal (
  chat_id TEXT PRIMARY KEY,
  -- The hub's clock when devices were last owed one of these, or a hidden message of this chat; 0: never.
  rev INTEGER NOT NULL,
  -- NULL: not muted. A time that has passed means the same.
  muted_until INTEGER,
  is_pinned INTEGER NOT NULL,
  is_archived INTEGER NOT NULL,
  -- The newest message when it was archived: what comes after may bring it back.
  archived_seq INTEGER NOT NULL,
  is_marked_unread INTEGER NOT NULL,
  -- The read cursor when it was marked; NULL until the chat has said it.
  marked_seq INTEGER,
  -- The latest commands and their answers, oldest first: JSON of [command_id, rev] pairs.
  commands TEXT NOT NULL
) WITHOUT ROWID;

-- An empty text is no draft; the row remembers since when, so that an older device cannot bring it back.
CREATE TABLE draft (
  chat_id TEXT PRIMARY KEY,
  rev INTEGER NOT NULL,
  edited_at INTEGER NOT NULL,
  -- What the latest devices said their time was, uncapped: JSON of [device_id, time] pairs, oldest first.
  devices TEXT NOT NULL,
  text TEXT NOT NULL
) WITHOUT ROWID;

-- Messages that the person has hidden from themselves. `is_hidden` 0: shown again, kept so that devices hear of it.
CREATE TABLE hidden (
  chat_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  rev INTEGER NOT NULL,
  is_hidden INTEGER NOT NULL,
  PRIMARY KEY (chat_id, seq)
) WITHOUT ROWID;

-- Rows of `hidden` that were shown again before this rev are gone: a cursor from before it gets a snapshot.
ALTER TABLE hub ADD COLUMN forgotten_rev INTEGER NOT NULL DEFAULT 0;
