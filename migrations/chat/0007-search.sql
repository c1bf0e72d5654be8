-- The full-text index. The index itself is made by the first chat that needs it (`search-store.ts`): an FTS5 table is five
-- tables, and most chats are never long enough to want one.

CREATE TABLE search_state (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  -- How words were made when it was written: another layout makes the index anew.
  layout INTEGER NOT NULL,
  -- Changes of messages up to this step of the clock are in the index.
  rev INTEGER NOT NULL
);
