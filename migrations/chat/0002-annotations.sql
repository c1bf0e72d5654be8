-- What may be added to a message after it was sent, and what it says of others. All of it lies in the message's own row,
-- so that a plain message stays one row and a reaction is that row and its change.

ALTER TABLE message ADD COLUMN edited_at INTEGER;
ALTER TABLE message ADD COLUMN pinned_at INTEGER;
-- Whose words were forwarded: {"sender_id","sender_name","created_at"}. What was asked for stands in the digest.
ALTER TABLE message ADD COLUMN forwarded TEXT;
-- Whom it mentions or answers: user ids, one after the other, or * for everybody.
ALTER TABLE message ADD COLUMN concerns TEXT;
-- [[emoji,[user_id]]], both in the order of setting.
ALTER TABLE message ADD COLUMN reactions TEXT;
-- The last commands of each person that set a state of this message, and the step of the clock that answered them:
-- {"user_id":[mark,rev,mark,rev]}.
ALTER TABLE message ADD COLUMN commands TEXT;

-- Only pinned messages are in it: all others cost nothing.
CREATE INDEX message_pinned ON message (pinned_at) WHERE pinned_at IS NOT NULL;

-- What a message said before an edit, and the command that changed it, for ever recognised. Content is null once the
-- message was deleted.
CREATE TABLE edit (
  seq INTEGER NOT NULL,
  -- The step of the clock that was the edit.
  rev INTEGER NOT NULL,
  command_id TEXT NOT NULL,
  content TEXT,
  written_at INTEGER NOT NULL,
  PRIMARY KEY (seq, rev)
) WITHOUT ROWID;
