/**
 * The version of the wire. `test/protocol/version.test.ts` hashes every schema and fails until a changed wire has a
 * new version here, with its line of history.
 *
 * 1 — the first: accounts, direct chats and groups, messages, deletion, receipts, typing, presence, inbox.
 * 2 — edits, reactions, pins, forwards, mentions, delivery; what a person sets for themselves: chat state, drafts, hidden messages.
 */
export const PROTOCOL_VERSION = 2;

/** The oldest version that this server still speaks. */
export const OLDEST_VERSION = 1;
