-- Messages that the person wants to be reminded of. `is_removed` 1: taken back or dealt with, kept so that devices hear
-- of it. No index: there are a few hundred at most.
CREATE TABLE reminder (
  chat_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  rev INTEGER NOT NULL,
  remind_at INTEGER NOT NULL,
  -- Its time has come, and every device is owed that.
  is_due INTEGER NOT NULL,
  is_removed INTEGER NOT NULL,
  PRIMARY KEY (chat_id, seq)
) WITHOUT ROWID;
