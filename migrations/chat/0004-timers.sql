-- What happens at a time: messages that disappear, messages that wait.
SELECT 1;
