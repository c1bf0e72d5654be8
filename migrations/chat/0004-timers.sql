-- What happens at a time: messages that disappear, messages that wait.

-- Only messages that will disappear are in it; their tombstones are not.
CREATE INDEX message_expiring ON message (expires_at) WHERE expires_at IS NOT NULL AND deleted_at IS NULL;

-- Messages that wait for their time. Removed in the transaction that sends them, so that none is sent twice.
CREATE TABLE scheduled (
  sender_id TEXT NOT NULL,
  client_msg_id TEXT NOT NULL,
  send_at INTEGER NOT NULL,
  -- The head when it was first scheduled: a copy that was sent meanwhile stands after it.
  after_seq INTEGER NOT NULL,
  draft TEXT NOT NULL,
  -- Why it could not be sent when its time came.
  error TEXT,
  PRIMARY KEY (sender_id, client_msg_id)
) WITHOUT ROWID;

CREATE INDEX scheduled_due ON scheduled (send_at) WHERE error IS NULL;

-- The last commands of each person about what waits, and the step of the clock that answered them: [mark,rev,mark,rev].
-- A command that is repeated after its message was sent or taken back must not bring it back.
CREATE TABLE scheduler (
  sender_id TEXT PRIMARY KEY,
  commands TEXT NOT NULL
) WITHOUT ROWID;
