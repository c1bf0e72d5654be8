-- What the person lets be known, and to whom, as D1 has it: one row, written when it changes.
CREATE TABLE circle (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  -- The step of the circle: an older one changes nothing.
  rev INTEGER NOT NULL,
  -- JSON of what is said on the wire.
  privacy TEXT NOT NULL,
  -- JSON of their names; NULL: not known here yet.
  person TEXT,
  -- JSON of user ids.
  contacts TEXT NOT NULL,
  blocked TEXT NOT NULL,
  -- Chats that have not been told yet what the person hides there, or is called: JSON of chat ids.
  owed TEXT NOT NULL
);

-- When what the person said of themselves ends; NULL: when they say so.
ALTER TABLE hub ADD COLUMN said_until INTEGER;
-- JSON of {"text","emoji","expires_at"}, expires_at in epoch milliseconds or null. While an ended one stands here, nobody
-- was told yet that it has ended.
ALTER TABLE hub ADD COLUMN custom_status TEXT;
-- The last sign of use when the last socket went.
ALTER TABLE hub ADD COLUMN used_at INTEGER;
