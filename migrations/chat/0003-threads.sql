-- Threads and polls.
SELECT 1;
