-- What members let be known, and whom they have blocked. Who hides nothing and has blocked nobody has no row here.

-- Of a direct chat: a side that has ever blocked the other.
CREATE TABLE block (
  blocker_id TEXT PRIMARY KEY,
  -- The step of the blocker's circle that said so: an older one changes nothing.
  rev INTEGER NOT NULL,
  is_blocked INTEGER NOT NULL,
  -- When it held, oldest first: JSON of [from_seq, to_seq, from_at, to_at]; the last one's ends are null while it holds.
  -- What the other side wrote then the blocker never sees.
  stretches TEXT NOT NULL,
  -- What each side was last told of the other's cursors while it holds: JSON {"user_id":[delivered_seq,read_seq]}.
  shown TEXT NOT NULL
) WITHOUT ROWID;

-- What a member hides of themselves here, and so is not shown of others.
CREATE TABLE signs (
  user_id TEXT PRIMARY KEY,
  rev INTEGER NOT NULL,
  hides_receipts INTEGER NOT NULL,
  hides_typing INTEGER NOT NULL,
  -- The read cursor that others were told last, while it is hidden.
  shown_read INTEGER NOT NULL,
  -- The chat's clock when what this member is shown of others' cursors changed: an older cursor gets a snapshot.
  since_rev INTEGER NOT NULL
) WITHOUT ROWID;
