/**
 * Sizes and counts that are part of the wire contract: a client may rely on them, a server enforces them.
 * Tuning that clients cannot see (rates, windows, cache sizes) lives in `durable-objects/shared/limits.ts`.
 */

/** Longest text of one message, in bytes of UTF-8. */
export const TEXT_BYTES = 65_536;

/**
 * Longest frame a client may send, in UTF-16 units; above it the socket is closed with 1009. The longest text fits in
 * whatever way it is escaped: six units a byte, and room for the rest of the frame.
 */
export const FRAME_CHARS = 400_000;

/** Most frames in one array sent by a client that chose `parley.1`. */
export const FRAMES_PER_ARRAY = 32;

/** Longest body of an HTTP request, in bytes. */
export const BODY_BYTES = 262_144;

/** Rows in a page when the caller names no limit, and the most it may ask for (K33). */
export const PAGE_DEFAULT = 50;
export const PAGE_MAX = 100;

/** Messages that a snapshot carries. */
export const SNAPSHOT_MESSAGES = 50;

/** Above this many members a snapshot carries only the people it needs; the rest are paged over HTTP. */
export const SNAPSHOT_MEMBERS = 1_000;

/** A catch-up of more rows or bytes than this is answered with a snapshot instead. */
export const CATCH_UP_ROWS = 1_000;
export const CATCH_UP_BYTES = 1_048_576;

/** Unread counts stop here; a client shows "999+". */
export const UNREAD_CAP = 999;

/** Most people named when a group is made or enlarged in one request. */
export const PEOPLE_PER_REQUEST = 256;

/** Members a group holds unless its chat says otherwise (K1). */
export const GROUP_MEMBERS = 1_000;

export const CHAT_NAME_CHARS = 255;
export const DESCRIPTION_CHARS = 2_000;
export const USERNAME_CHARS = 50;
export const NAME_CHARS = 80;
export const PASSWORD_CHARS = { min: 8, max: 128 } as const;

/** Presence subjects one socket may watch at a time. */
export const PRESENCE_SUBJECTS = 200;

/** A client sends the heartbeat this often. */
export const HEARTBEAT_MS = 30_000;

/** A typing notice that is not renewed ends after this long, at the server. */
export const TYPING_MS = 3_000;

/** A presence subscription that is not renewed ends after this long. */
export const PRESENCE_LEASE_MS = 60_000;

/** A client acknowledges its cursor at least every this many news frames. */
export const ACKNOWLEDGE_EVERY = 64;

/** Access tokens live this long. */
export const ACCESS_TOKEN_S = 3_600;

/** Mentions in one message, different emoji on one message, and people named with each emoji. */
export const MENTIONS_PER_MESSAGE = 50;
export const EMOJI_PER_MESSAGE = 20;
export const PEOPLE_PER_EMOJI = 50;

/** Pinned messages of one chat. */
export const PINS_PER_CHAT = 100;

/** How long after sending a text may be edited, unless its chat says otherwise (K2). */
export const EDIT_WINDOW_S = 300;

/** Messages hidden or forwarded in one command. */
export const MESSAGES_PER_COMMAND = 100;

/** Messages one person may have hidden from themselves, and characters of all their drafts; beyond it `too_many`. */
export const HIDDEN_MESSAGES = 5_000;
export const DRAFTS_CHARS = 1_048_576;

/** Options of one poll, characters of its question, and people named with each option. */
export const POLL_OPTIONS = 12;
export const POLL_QUESTION_CHARS = 300;
export const PEOPLE_PER_OPTION = 50;

/** Seconds after which a message may disappear: five seconds to a year. */
export const EXPIRY_S = { min: 5, max: 31_536_000 } as const;

/** Messages one person may have waiting for their time in one chat, and how far ahead, in days. */
export const SCHEDULED_PER_PERSON = 100;
export const SCHEDULE_DAYS = 366;

/** Reminders one person may have waiting; beyond it `too_many`. */
export const REMINDERS = 500;

/** Longest slow mode, in seconds: six hours. */
export const SLOW_MODE_S = 21_600;

/** Members that a channel or broadcast list holds unless its chat says otherwise (K1). */
export const CHANNEL_MEMBERS = 100_000;
export const BROADCAST_RECIPIENTS = 256;

/** Invitations of one chat that are neither revoked nor over, and people that may wait to be let in. */
export const INVITES_PER_CHAT = 50;
export const JOIN_REQUESTS = 500;

/** Above this many members a vector clock is not derived (K17). */
export const VECTOR_CLOCK_MEMBERS = 100;

/** What a client holds back for a gap to fill before it catches up: frames, and milliseconds (K37). */
export const REORDER_FRAMES = 1_000;
export const REORDER_MS = 5_000;

/** Idle, away and offline after so long without a sign of use (K16). */
export const IDLE_MS = 300_000;
export const AWAY_MS = 900_000;
export const OFFLINE_MS = 1_800_000;
