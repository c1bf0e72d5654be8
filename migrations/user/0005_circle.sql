-- What the person lets be known, and to whom.
SELECT 1;
