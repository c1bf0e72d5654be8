-- What the page of a message's first link says of itself: {"url","title","description","site_name"}.
ALTER TABLE message ADD COLUMN link_preview TEXT;
