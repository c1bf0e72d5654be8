DROP INDEX `session_expiry`;--> statement-breakpoint
CREATE INDEX `session_expiry` ON `session` (`ended_at`,`expires_at`);