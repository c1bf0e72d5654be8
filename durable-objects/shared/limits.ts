/** Tuning of the objects that no client relies on. What clients may rely on is `src/protocol/limits.ts`. */

/** Messages of one person to one chat: in the long run, and at once. A deployment may say otherwise (`SEND_PER_S`, `SEND_BURST`). */
export const SEND_PER_S = 30;
export const SEND_BURST = 300;

/** Frames of any kind on one socket. Generous: receipts and typing are many and cheap. */
export const FRAMES_PER_S = 100;
export const FRAMES_BURST = 1_000;

/** A socket's invalid frames before it is closed: a client this wrong will not get better. */
export const BAD_FRAMES = 50;

/** Catch-ups of one person in one chat: an honest client asks once a connection, and each may cost megabytes. */
export const CATCH_UPS_PER_S = 2;
export const CATCH_UPS_BURST = 100;
/** Signs of typing of one person: each is told to everybody. */
export const TYPING_PER_S = 4;
export const TYPING_BURST = 20;

/** Characters of news in one WebSocket message: a batch of long texts goes out as several. */
export const MESSAGE_CHARS = 1_000_000;

/** Messages whose ids are kept in memory to recognise repeats. */
export const KNOWN_IDS = 20_000;
/** A repeat check that has to read more rows than this is made at most once in `DEEP_SCAN_EVERY_MS` per person. */
export const DEEP_SCAN_ROWS = 20_000;
export const DEEP_SCAN_EVERY_MS = 60_000;

/** Ids of one person that a long read found are kept for the messages that were queued with the first, in all this many. */
export const SCANNED_IDS = 40_000;

/** Commands gathered into one transaction at most. */
export const BATCH_COMMANDS = 512;
/** After a commit, commands gather for this long per live socket before the next one, up to the second number (ms). */
export const GATHER_MS_PER_SOCKET = 0.02;
export const GATHER_MS_MAX = 20;

/** Receipts gather this long before they are stored and sent. */
export const RECEIPTS_MS = 1_500;
/** Members whose receipts share a row: a flush writes one row for a small group, not one a member. */
export const RECEIPTS_PER_PAGE = 64;

/** A hub hears of one chat at most this often. */
export const BUMP_EVERY_MS = 1_000;
/** A hub that answered "asleep" is not called again for this long unless it has read the head. */
export const ASLEEP_MS = 60_000;
/** Hubs that one chat calls at a time. */
export const BUMPS_AT_ONCE = 12;
/** A hub that has not answered a call after this long is tried again. */
export const HUB_CALL_MS = 10_000;
/** An owed bump is made sure of by the alarm this long after the first of its burst: before an idle object would sleep. */
export const BUMP_ALARM_MS = 8_000;

/**
 * A chat of more members is large: news for more hubs than this goes out in batches, through a queue; and if it is a
 * channel, posts are told to hubs that listen alone, the others ask when their owner comes.
 */
export const LARGE_CHAT = 300;
/** Hubs that one message of the queue names; batches in one call of the queue; how often they go out. */
export const BUMP_BATCH = 50;
export const BATCHES_AT_ONCE = 100;
export const BATCHED_BUMPS_EVERY_MS = 2_000;
/** Hubs of a batch whose answers have not come after this long are owed again. */
export const BUMP_CONFIRM_MS = 30_000;
/** Hubs that a large channel tells of its posts, at most: those that read its head last. */
export const LISTENERS = 2_000;
/** Those that it knows again after it slept were heard of so long ago at most: hubs of who is there ask every three minutes. */
export const LISTENING_MS = 3_600_000;
/** Who has come or gone among them is saved this long after, before an idle object would sleep. */
export const LISTENERS_SAVED_MS = 8_000;

/** What everybody's hub is told in a chat of more people is told these many at a time; how often it is looked whether they have answered, and how long for. */
export const ROUND_SLICE = 2_000;
export const ROUND_EVERY_MS = 2_500;
export const ROUND_WAIT_MS = 30_000;

/** Encoded frames that go to a hub in one call, in characters; and those that wait for one that does not answer. */
export const FEED_CALL_CHARS = 2_000_000;
export const FEED_WAITING_CHARS = 16_000_000;
/** How often a hub's frames are tried, and the pause that doubles between, up to the last number. */
export const FEED_ATTEMPTS = 12;
export const FEED_RETRY_MS = 200;
export const FEED_RETRY_MAX_MS = 10_000;

/** The alarm that makes sure of bumps and outbox rows after a crash, and tries again what failed. */
export const RETRY_MS = 5_000;
export const RETRY_MAX_MS = 300_000;
/** An outbox row that was queued and not confirmed is queued again after this long. */
export const UNCONFIRMED_MS = 30_000;
export const OUTBOX_BATCH = 100;

/** A socket that has shown no sign of life for this long is closed. */
export const DEAD_SOCKET_MS = 90_000;
/** A frame's arrival is noted at most this often: the attachment is rewritten for it. */
export const HEARD_EVERY_MS = 20_000;
/** How often an object with sockets looks for dead ones. */
export const SWEEP_MS = 600_000;

/** News frames a reader may be behind before it is told to catch up instead. */
export const SLOW_READER_REVS = 10_000;

/** Steps of the clock whose changes are kept at least; a cursor from before them gets a snapshot. */
export const CHANGES_KEPT = 10_000;

/** What a message no longer says is taken out of the search index this long after; a long log is indexed step by step. */
export const SEARCH_REWRITE_MS = 2_000;
export const SEARCH_AGAIN_MS = 200;

/** Sockets one person may have open on one object. */
export const SOCKETS_PER_PERSON = 20;
