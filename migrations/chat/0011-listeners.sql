-- Hubs that a large channel tells of its posts, so that it knows them again after it slept: one row of JSON
-- {"user_id":epoch_seconds}, when each was heard of last.
CREATE TABLE listener (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  heard TEXT NOT NULL
);
