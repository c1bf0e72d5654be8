import * as z from "zod/mini";

/**
 * Every identifier on the wire, how it is made and how an object is addressed by it.
 *
 * Ids use Crockford's base 32 in lower case: no look-alikes, safe in a URL, selected whole by a double click.
 * A leading letter says what the id names.
 */

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const BODY = "[0-9a-hjkmnp-tv-z]";

/** `u` and 80 random bits. */
export const UserId = z.string().check(z.regex(new RegExp(`^u${BODY}{16}$`), "not a user id"));
/** `d`irect, `g`roup, `c`hannel or `b`roadcast, and 125 bits: random, or for a direct chat derived from its pair. */
export const ChatId = z.string().check(z.regex(new RegExp(`^[dgcb]${BODY}{25}$`), "not a chat id"));
/** `s` and 125 random bits. */
export const SessionId = z.string().check(z.regex(new RegExp(`^s${BODY}{25}$`), "not a session id"));
/** Chat id, a dot, and `seq`: it resolves without a look-up. Opaque to clients. */
export const MessageId = z
  .string()
  .check(z.regex(new RegExp(`^[dgcb]${BODY}{25}\\.[1-9][0-9]{0,14}$`), "not a message id"));
/** An invitation: the chat it leads to, a hyphen, and 80 random bits. Who has it may see the chat's name and ask to join. */
export const InviteCode = z.string().check(z.regex(new RegExp(`^[gc]${BODY}{25}-${BODY}{16}$`), "not an invitation"));
/** `q` and 80 random bits. */
export const ReportId = z.string().check(z.regex(new RegExp(`^q${BODY}{16}$`), "not a report id"));
/** Minted by the sender, UUIDv7 by preference; with the sender's user id it names a message for ever (K7). */
export const ClientMsgId = z.string().check(z.regex(/^[A-Za-z0-9_.:-]{1,64}$/, "not a client message id"));
/** Names a command that changes something that exists, so that its repeat has no second effect. UUIDv7 by preference. */
export const CommandId = z.string().check(z.regex(/^[A-Za-z0-9_.:-]{1,64}$/, "not a command id"));
/** Chosen by the device or minted for it; stable for one installation. */
export const DeviceId = z.string().check(z.regex(/^[A-Za-z0-9_.:-]{1,64}$/, "not a device id"));
/** Gapless number of a message in its chat, from 1. */
export const Seq = z.int().check(z.gte(1), z.lte(999_999_999_999_999));
/** A cursor over messages: 0 means "none yet". */
export const SeqCursor = z.int().check(z.gte(0), z.lte(999_999_999_999_999));
/** The clock of a chat or of an inbox, from 0. */
export const Rev = z.int().check(z.gte(0), z.lte(999_999_999_999_999));
/** Names one life of a database: minted when it is made or restored. */
export const Epoch = z.string().check(z.regex(/^[0-9a-z]{1,26}$/, "not an epoch"));
/** ISO 8601 in UTC with milliseconds. */
export const Time = z.string().check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, "not a time"));

export type UserId = z.infer<typeof UserId>;
export type ChatId = z.infer<typeof ChatId>;
export type MessageId = z.infer<typeof MessageId>;

const CHAT_LETTER = { direct: "d", group: "g", channel: "c", broadcast: "b" } as const;

function base32(bytes: Uint8Array, length: number): string {
  let out = "";
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5 && out.length < length) {
      bits -= 5;
      out += ALPHABET[(held >> bits) & 31];
    }
    held &= (1 << bits) - 1;
  }
  return out;
}

function random(length: number): string {
  return base32(crypto.getRandomValues(new Uint8Array(Math.ceil((length * 5) / 8))), length);
}

export const newUserId = (): string => `u${random(16)}`;
export const newSessionId = (): string => `s${random(25)}`;
export const newEpoch = (): string => random(13);
export const newRequestId = (): string => `r${random(16)}`;
export const newDeviceId = (): string => `v${random(16)}`;
export const newReportId = (): string => `q${random(16)}`;
export const newInviteCode = (chatId: string): string => `${chatId}-${random(16)}`;
/** A fresh id for a group, channel or broadcast list; a direct chat's is derived, see {@link directChatId}. */
export const newChatId = (type: "group" | "channel" | "broadcast"): string => `${CHAT_LETTER[type]}${random(25)}`;

/** Stands for a sender who may not be shown: in the stub of a message that its reader may not see. */
export const NOBODY = "u0000000000000000";

/** The id of the direct chat of two people, the same whoever asks, so that two creators meet. A person's chat with themselves is valid. */
export const directChatId = (one: string, other: string): Promise<string> =>
  derived(CHAT_LETTER.direct, `parley direct chat ${[one, other].sort().join(" ")}`);

/** The id of the chat that a person makes under an id of their own device, so that a repeated request makes one chat. */
export const chatIdOf = (
  type: "group" | "channel" | "broadcast",
  creator: string,
  clientChatId: string,
): Promise<string> => derived(CHAT_LETTER[type], `parley ${type} ${creator} ${clientChatId}`);

async function derived(letter: string, of: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(of));
  return `${letter}${base32(new Uint8Array(hash), 25)}`;
}

export const messageId = (chatId: string, seq: number): string => `${chatId}.${seq}`;

/** The chat that an invitation leads to; undefined if it is not one. */
export const chatOfInvite = (code: string): string | undefined =>
  InviteCode.safeParse(code).success ? code.split("-")[0] : undefined;

/** Takes a message id apart; undefined if it is not one. */
export function parseMessageId(id: string): { chat_id: string; seq: number } | undefined {
  if (!MessageId.safeParse(id).success) return undefined;
  const [chatId = "", seq = ""] = id.split(".");
  return { chat_id: chatId, seq: Number(seq) };
}

/** UUIDv7 (RFC 9562 section 5.7): sorts by the time it was made, so that an outbox reads in order. */
export function newClientMsgId(now: number = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let i = 0; i < 6; i++) bytes[i] = Math.floor(now / 2 ** (8 * (5 - i))) & 0xff;
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

const NAMES = { chat: ChatId, user: UserId, guard: z.string().check(z.minLength(3), z.maxLength(300)) };

/**
 * The name under which a Durable Object is addressed: the one way to one.
 * @throws TypeError if the id is not of its kind, so that no object is ever made for a typo or an empty name
 */
export function objectName(kind: keyof typeof NAMES, id: string): string {
  if (!NAMES[kind].safeParse(id).success) throw new TypeError(`no ${kind} object has this name`);
  return id;
}
