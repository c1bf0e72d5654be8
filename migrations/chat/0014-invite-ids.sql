-- The id under which its maker's device asked for a link, and a mark of what it asked for: a repeat gets the same link.
-- Found by going through the links, of which there are about a hundred at most: no index, one row a link.
ALTER TABLE invite ADD COLUMN client_id TEXT;
ALTER TABLE invite ADD COLUMN mark TEXT;
