/** Tuning of the hub that no client relies on; what it shares with the other objects is `shared/limits.ts`. */

/** After the last socket went, a person is still shown as there for this long: a reconnect is no news (30 to 45 s). */
export const GRACE_MS = 35_000;

/** Signs of use are noted to within this, but at once where one changes what others see. */
export const USED_EVERY_MS = 20_000;
/** A change of what the person hides is answered when the chats have heard it, or after this: then they are told behind it. */
export const TOLD_WAIT_MS = 1_500;

/** Chats called at a time, for heads, subscriptions, receipts and closing. */
export const CHATS_AT_ONCE = 30;
/** A chat that does not answer within this is asked again later. */
export const CALL_MS = 10_000;
/** `GET /chats` waits this long for fresher heads, then answers with what is stored. */
export const HEADS_WAIT_MS = 1_500;

/** Delivered receipts are reported to the chats in batches of this length. */
export const DELIVERED_MS = 5_000;

/** Ended sessions are remembered for this long: twice the life of an access token. */
export const REVOKED_KEPT_MS = 7_200_000;
/** Waits between attempts to close a revoked session's sockets, before the alarm takes over. */
export const REVOKE_RETRIES_MS: readonly number[] = [200, 1_000, 2_000];
/** Until the alarm comes back to a chat that it could not tell. */
export const REVOKE_AGAIN_MS = 30_000;

/** Entries that a snapshot of the inbox carries, latest first; the rest is paged. */
export const SNAPSHOT_ENTRIES = 1_000;

/** Hubs called at a time when presence changes or is asked for. */
export const HUBS_AT_ONCE = 50;
/** Watching hubs are told of one person's changes at most this often. */
export const TELL_EVERY_MS = 5_000;
/** People whose devices may watch one person; more see the state only when they ask. */
export const WATCHERS = 2_000;
/** A watcher's row is renewed at most this often, and dropped when it is older than the second number. */
export const WATCHER_NOTED_MS = 3_600_000;
export const WATCHER_KEPT_MS = 86_400_000;
/** A renewed subscription asks its subjects' hubs again at most this often; in between their changes arrive by themselves. */
export const WATCH_CONFIRM_MS = 600_000;
/** A lease runs this much longer here than a client is told. */
export const WATCH_SLACK_MS = 5_000;
/** Other sides of direct chats whose presence clients without subscriptions are told. */
export const PEERS_FOLLOWED = 50;
/** Subjects that one person may newly watch: in the long run, and at once. */
export const SUBJECTS_PER_S = 10;
export const SUBJECTS_BURST = 600;

/** A hub with sockets looks for dead ones this often: more often than a chat, because others see it as presence. */
export const SWEEP_HUB_MS = 180_000;

/** Personal state that one person may change, and drafts they may save: in the long run, and at once. */
export const PERSONAL_PER_S = 20;
export const PERSONAL_BURST = 300;
export const DRAFTS_PER_S = 3;
export const DRAFTS_BURST = 60;
/** Commands on one chat whose repeats are recognised: as many as its devices may have had under way at once. */
export const COMMANDS_KEPT = 16;
/** A longer draft stands in an entry with its beginning only, so that bumps do not carry it again and again. */
export const DRAFT_EXCERPT_CHARS = 1_024;
/** Devices whose latest draft of a chat is remembered, so that what one repeats is known. */
export const DRAFT_DEVICES = 8;
/** Hidden messages of one chat that it leaves out of what it counts and shows: more than are ever counted. */
export const HIDDEN_NAMED = 1_000;
/** A large channel, which tells hubs nothing that do not listen, is asked for its head at most this often while devices stay. */
export const LARGE_ASKED_EVERY_MS = 30_000;
/** While news keeps coming, the head of a chat is asked again at most so often in a row; then the alarm does it. */
export const HEAD_ROUNDS = 4;
