-- The full-text index.
SELECT 1;
