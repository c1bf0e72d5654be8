-- Reminders.
SELECT 1;
