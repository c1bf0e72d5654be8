-- The inbox's clock when this row was written last: the head, while the row says that nobody is here; NULL: not known.
ALTER TABLE hub ADD COLUMN head_rev INTEGER;
