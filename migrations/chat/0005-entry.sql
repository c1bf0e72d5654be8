-- Coming in and being kept out: invitations, requests, bans; lists that send copies.

CREATE TABLE invite (
  -- What stands behind the chat's id in the code.
  token TEXT PRIMARY KEY,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  max_uses INTEGER,
  -- People who came in by it, or wait to be let in.
  uses INTEGER NOT NULL DEFAULT 0,
  -- Null: as the chat has it when somebody comes.
  needs_approval INTEGER,
  role TEXT NOT NULL,
  revoked_at INTEGER,
  -- The chat's lasting link: at most one that is not revoked.
  is_primary INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TABLE join_request (
  user_id TEXT PRIMARY KEY,
  username TEXT NOT NULL,
  display_name TEXT NOT NULL,
  requested_at INTEGER NOT NULL,
  message TEXT NOT NULL,
  role TEXT NOT NULL,
  -- The invitation it came by, whose use it holds.
  token TEXT
) WITHOUT ROWID;

CREATE TABLE ban (
  user_id TEXT PRIMARY KEY,
  username TEXT NOT NULL,
  display_name TEXT NOT NULL,
  banned_by TEXT NOT NULL,
  banned_at INTEGER NOT NULL,
  reason TEXT NOT NULL,
  ends_at INTEGER
) WITHOUT ROWID;

-- There while people have come or gone in a channel and its members have not been told how many they are now.
CREATE TABLE untold (
  id INTEGER PRIMARY KEY CHECK (id = 1)
);

-- Whom a broadcast list writes to. They are no members and see nothing of it.
CREATE TABLE recipient (
  user_id TEXT PRIMARY KEY,
  username TEXT NOT NULL,
  display_name TEXT NOT NULL,
  added_at INTEGER NOT NULL,
  removed_at INTEGER,
  rev INTEGER NOT NULL
) WITHOUT ROWID;

-- Messages of the list whose copies are not all in their direct chats yet: ["user_id"] of those that are missing.
CREATE TABLE dispatch (
  seq INTEGER PRIMARY KEY,
  missing TEXT NOT NULL
);
