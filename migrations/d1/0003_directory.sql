CREATE TABLE `chat_word` (
	`word` text NOT NULL,
	`chat_id` text NOT NULL,
	PRIMARY KEY(`word`, `chat_id`)
);
--> statement-breakpoint
CREATE INDEX `chat_word_chat` ON `chat_word` (`chat_id`,`word`);--> statement-breakpoint
ALTER TABLE `chat` ADD `description` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `chat` ADD `member_count` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `chat` ADD `needs_approval` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `chat` ADD `is_listed` integer DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX `chat_listed` ON `chat` (`member_count`,`id`) WHERE is_listed = 1;