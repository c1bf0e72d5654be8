-- Coming in and being kept out: invitations, requests, bans; lists that send copies.
SELECT 1;
