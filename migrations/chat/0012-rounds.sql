-- There while everybody's hub is being told something, of a chat with very many members: whom it has come to, in the order
-- of their ids. What is owed to the rest is this row, not memory.
CREATE TABLE round (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  told_up_to TEXT NOT NULL
);

-- Who has a say is found without reading everybody.
CREATE INDEX member_staff ON member (user_id) WHERE role IN ('owner', 'admin', 'moderator') AND removed_at IS NULL;
