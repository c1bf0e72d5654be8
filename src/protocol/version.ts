/**
 * The version of the wire. `test/protocol/version.test.ts` hashes every schema and fails until a changed wire has a
 * new version here, with its line of history.
 *
 * 1 — the first: accounts, direct chats and groups, messages, deletion, receipts, typing, presence, inbox.
 * 2 — edits, reactions, pins, forwards, mentions, delivery; what a person sets for themselves: chat state, drafts, hidden messages.
 * 3 — threads, polls, places, cards, stickers; messages that disappear or wait for their time, reminders; channels, broadcast
 *     lists, permissions, slow mode, bans, invitations, the directory; contacts, blocks, reports, privacy; richer presence; search.
 * 4 — what cursors skip because it was hidden by a block (`skipped` of a receipt); what one has chosen in a poll that names
 *     nobody, told to one's other devices (`own_vote` of MESSAGES_CHANGED). Both may be left alone.
 * 5 — a chat that a person has cleared or deleted for themselves (`cleared_seq`, `is_unlisted`). May be left alone.
 * 6 — an id of the asking device for a link that lets people in (`client_invite_id`). May be left alone; a server of an
 *     earlier version refuses a body that has it, because bodies are strict.
 */
export const PROTOCOL_VERSION = 6;

/** The oldest version that this server still speaks. */
export const OLDEST_VERSION = 1;
