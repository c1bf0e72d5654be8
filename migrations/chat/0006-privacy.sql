-- What members let be known, and whom they have blocked.
SELECT 1;
