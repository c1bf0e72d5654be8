-- What a wake needs of the index without opening it, which costs more than the wake.

-- Rows of the index; NULL: only the index knows.
ALTER TABLE search_state ADD COLUMN chunks INTEGER;
-- The beginnings of its words (`word-filter.ts`); NULL: not made yet; empty: there are too many words.
ALTER TABLE search_state ADD COLUMN filter BLOB;
