-- The chat's clock when a block began or ended last: the blocker sees other reactions since, so an older cursor of theirs, or
-- one from that very step, gets a snapshot.
ALTER TABLE block ADD COLUMN since_rev INTEGER NOT NULL DEFAULT -1;
