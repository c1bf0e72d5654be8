import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/**
 * What must be looked up across people and chats. Times are epoch milliseconds here and ISO 8601 on the wire.
 * Changed only through `npm run db:generate`, which writes the migration.
 */

/** A person. `*_key` is what is compared: lower case. */
export const user = sqliteTable(
  "user",
  {
    id: text().primaryKey(),
    username: text().notNull(),
    username_key: text().notNull(),
    email: text().notNull(),
    email_key: text().notNull(),
    first_name: text().notNull().default(""),
    last_name: text().notNull().default(""),
    display_name: text().notNull(),
    status_message: text().notNull().default(""),
    /** Made by seeding, with a password that is printed: signs in nowhere but in local mode. */
    is_demo: integer({ mode: "boolean" }).notNull().default(false),
    /** JSON of what differs from the usual privacy; null: nothing does. */
    privacy: text(),
    /** Grows with every change of their privacy, contacts and blocks: their hub takes no older one for a newer. */
    circle_rev: integer().notNull().default(0),
    created_at: integer().notNull(),
  },
  (t) => [uniqueIndex("user_username_key").on(t.username_key), uniqueIndex("user_email_key").on(t.email_key)],
);

/** The words a person is found by, lower case and without accents: a prefix of one is a range of this key. */
export const userWord = sqliteTable(
  "user_word",
  {
    word: text().notNull(),
    user_id: text()
      .notNull()
      .references(() => user.id, { onDelete: "cascade" }),
  },
  (t) => [primaryKey({ columns: [t.word, t.user_id] }), index("user_word_user").on(t.user_id, t.word)],
);

/**
 * What a person proves themselves with. One row per secret, so that authenticator apps, passkeys, phone codes and
 * recovery codes are further kinds of rows and not further columns. `data` is what its kind needs: for a password the
 * PHC string.
 */
export const credential = sqliteTable(
  "credential",
  {
    id: text().primaryKey(),
    user_id: text()
      .notNull()
      .references(() => user.id, { onDelete: "cascade" }),
    kind: text({ enum: ["password", "totp", "passkey", "phone", "recovery"] }).notNull(),
    label: text().notNull().default(""),
    data: text().notNull(),
    created_at: integer().notNull(),
    updated_at: integer().notNull(),
    last_used_at: integer(),
  },
  (t) => [
    index("credential_user").on(t.user_id, t.kind),
    uniqueIndex("credential_one_password").on(t.user_id).where(sql`kind = 'password'`),
  ],
);

/**
 * One signed-in device. Of its refresh tokens only hashes are kept: the current one's, and its predecessor's, whose
 * holder may ask again (`sealed_successor` is the current token, readable only with the predecessor).
 */
export const session = sqliteTable(
  "session",
  {
    id: text().primaryKey(),
    user_id: text()
      .notNull()
      .references(() => user.id, { onDelete: "cascade" }),
    device_id: text().notNull(),
    device_name: text().notNull(),
    device_type: text({ enum: ["web", "mobile", "desktop", "other"] }).notNull(),
    refresh_hash: text().notNull(),
    previous_hash: text(),
    sealed_successor: text(),
    /** When the current refresh token was made. */
    rotated_at: integer().notNull(),
    created_at: integer().notNull(),
    last_active_at: integer().notNull(),
    /** Moves with every refresh. */
    expires_at: integer().notNull(),
    ended_at: integer(),
    end_reason: text({ enum: ["logout", "revoked", "reused", "expired"] }),
    /** The hub has not confirmed yet that it closed the sockets. */
    is_hub_owed: integer({ mode: "boolean" }).notNull().default(false),
  },
  (t) => [
    index("session_live").on(t.user_id, t.last_active_at).where(sql`ended_at IS NULL`),
    index("session_expiry").on(t.ended_at, t.expires_at),
    index("session_owed").on(t.ended_at).where(sql`is_hub_owed = 1`),
  ],
);

/** Keys that sign access tokens. At most one is `next` and one is `active`, whoever races to make them. */
export const signingKey = sqliteTable(
  "signing_key",
  {
    id: text().primaryKey(),
    state: text({ enum: ["next", "active", "retired"] }).notNull(),
    public_jwk: text().notNull(),
    /** AES-256-GCM under a key derived from MASTER_KEY; removed when the key retires. */
    sealed_private: text(),
    created_at: integer().notNull(),
    activated_at: integer(),
    retired_at: integer(),
  },
  (t) => [uniqueIndex("signing_key_one_of_state").on(t.state).where(sql`state IN ('next', 'active')`)],
);

/** A chat as its object last told: for lookup, the directory and administration, never the truth. */
export const chat = sqliteTable(
  "chat",
  {
    id: text().primaryKey(),
    type: text({ enum: ["direct", "group", "channel", "broadcast"] }).notNull(),
    name: text().notNull(),
    is_active: integer({ mode: "boolean" }).notNull(),
    rev: integer().notNull(),
    description: text().notNull().default(""),
    member_count: integer().notNull().default(0),
    needs_approval: integer({ mode: "boolean" }).notNull().default(false),
    /** Public, and not ended. */
    is_listed: integer({ mode: "boolean" }).notNull().default(false),
  },
  (t) => [index("chat_listed").on(t.member_count, t.id).where(sql`is_listed = 1`)],
);

/** The words by which a public chat is found. */
export const chatWord = sqliteTable("chat_word", { word: text().notNull(), chat_id: text().notNull() }, (t) => [
  primaryKey({ columns: [t.word, t.chat_id] }),
  index("chat_word_chat").on(t.chat_id, t.word),
]);

/**
 * Projection of membership, whose truth is in the chat object. No foreign keys: a row must never be refused because
 * another one is late.
 */
export const chatMember = sqliteTable(
  "chat_member",
  {
    chat_id: text().notNull(),
    user_id: text().notNull(),
    role: text({ enum: ["owner", "admin", "moderator", "member", "guest", "restricted"] }).notNull(),
    joined_at: integer().notNull(),
    removed_at: integer(),
    rev: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.chat_id, t.user_id] }), index("chat_member_user").on(t.user_id, t.chat_id)],
);

/** Whom a person keeps, under what name of their own. Bounded: see `contacts.ts`. */
export const contact = sqliteTable(
  "contact",
  {
    owner_id: text().notNull(),
    person_id: text().notNull(),
    contact_name: text(),
    added_at: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.owner_id, t.person_id] })],
);

/**
 * Who has asked whom to be contacts of each other. One that was declined stays, silently: its sender sees it wait, and
 * asking again brings nothing back. `withdrawn_at` only beside `declined_at`: what was not declined is removed.
 */
export const friendRequest = sqliteTable(
  "friend_request",
  {
    from_id: text().notNull(),
    to_id: text().notNull(),
    message: text().notNull(),
    requested_at: integer().notNull(),
    declined_at: integer(),
    withdrawn_at: integer(),
  },
  (t) => [primaryKey({ columns: [t.from_id, t.to_id] }), index("friend_request_to").on(t.to_id, t.requested_at)],
);

/** Who wants nothing of whom. */
export const block = sqliteTable(
  "block",
  {
    owner_id: text().notNull(),
    person_id: text().notNull(),
    blocked_at: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.owner_id, t.person_id] })],
);

/** What was reported to the administrators, with what was said then. */
export const report = sqliteTable(
  "report",
  {
    id: text().primaryKey(),
    reporter_id: text().notNull(),
    subject: text({ enum: ["user", "message", "chat"] }).notNull(),
    /** Id of the person, message or chat. */
    subject_id: text().notNull(),
    user_id: text(),
    chat_id: text(),
    evidence: text(),
    reason: text({
      enum: ["spam", "harassment", "violence", "sexual", "child_safety", "fraud", "other"],
    }).notNull(),
    comment: text().notNull(),
    reported_at: integer().notNull(),
    state: text({ enum: ["open", "dismissed", "acted"] })
      .notNull()
      .default("open"),
    note: text().notNull().default(""),
    decided_by: text(),
    decided_at: integer(),
  },
  (t) => [
    index("report_queue").on(t.state, t.reported_at, t.id),
    // One open report of a person about a thing, however often it is sent.
    uniqueIndex("report_once").on(t.reporter_id, t.subject_id).where(sql`state = 'open'`),
  ],
);
