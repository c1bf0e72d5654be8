/**
 * The version of the wire. `test/protocol/version.test.ts` hashes every schema and fails until a changed wire has a
 * new version here, with its line of history.
 *
 * 1 — the first: accounts, direct chats and groups, messages, deletion, receipts, typing, presence, inbox.
 */
export const PROTOCOL_VERSION = 1;

/** The oldest version that this server still speaks. */
export const OLDEST_VERSION = 1;
