CREATE TABLE `block` (
	`owner_id` text NOT NULL,
	`person_id` text NOT NULL,
	`blocked_at` integer NOT NULL,
	PRIMARY KEY(`owner_id`, `person_id`)
);
--> statement-breakpoint
CREATE TABLE `contact` (
	`owner_id` text NOT NULL,
	`person_id` text NOT NULL,
	`contact_name` text,
	`added_at` integer NOT NULL,
	PRIMARY KEY(`owner_id`, `person_id`)
);
--> statement-breakpoint
CREATE TABLE `friend_request` (
	`from_id` text NOT NULL,
	`to_id` text NOT NULL,
	`message` text NOT NULL,
	`requested_at` integer NOT NULL,
	`declined_at` integer,
	`withdrawn_at` integer,
	PRIMARY KEY(`from_id`, `to_id`)
);
--> statement-breakpoint
CREATE INDEX `friend_request_to` ON `friend_request` (`to_id`,`requested_at`);--> statement-breakpoint
CREATE TABLE `report` (
	`id` text PRIMARY KEY NOT NULL,
	`reporter_id` text NOT NULL,
	`subject` text NOT NULL,
	`subject_id` text NOT NULL,
	`user_id` text,
	`chat_id` text,
	`evidence` text,
	`reason` text NOT NULL,
	`comment` text NOT NULL,
	`reported_at` integer NOT NULL,
	`state` text DEFAULT 'open' NOT NULL,
	`note` text DEFAULT '' NOT NULL,
	`decided_by` text,
	`decided_at` integer
);
--> statement-breakpoint
CREATE INDEX `report_queue` ON `report` (`state`,`reported_at`,`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `report_once` ON `report` (`reporter_id`,`subject_id`) WHERE state = 'open';--> statement-breakpoint
ALTER TABLE `user` ADD `privacy` text;--> statement-breakpoint
ALTER TABLE `user` ADD `circle_rev` integer DEFAULT 0 NOT NULL;