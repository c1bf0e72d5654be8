import * as z from "zod/mini";
import { MessageId, Time, UserId } from "./ids.ts";
import { MENTIONS_PER_MESSAGE, POLL_OPTIONS, POLL_QUESTION_CHARS, TEXT_BYTES } from "./limits.ts";
import { Role } from "./role.ts";
import { isSticker } from "./stickers.ts";
import { isVisible, name } from "./text.ts";

const encoder = new TextEncoder();

/** 1 to 65,536 bytes of UTF-8, at least one character that can be seen, no lone surrogate. */
export const MessageText = z.string().check(
  z.refine(isVisible, "a message needs something to see"),
  z.refine((text) => encoder.encode(text).byteLength <= TEXT_BYTES, `at most ${TEXT_BYTES} bytes of UTF-8`),
  z.refine((text) => text.isWellFormed(), "not well-formed Unicode"),
);

/**
 * Somebody named in a text: a person, or everybody (`channel`) or everybody who is online (`here`), with where it stands
 * in the text in UTF-16 units. Naming everybody is a right of its own (`mention_all`).
 */
export const Mention = z
  .strictObject({
    offset: z.int().check(z.gte(0)),
    length: z.int().check(z.gte(1), z.lte(300)),
    user_id: z.optional(UserId),
    everyone: z.optional(z.enum(["here", "channel"])),
  })
  .check(z.refine((m) => (m.user_id === undefined) !== (m.everyone === undefined), "one of user_id, everyone"));
export type Mention = z.infer<typeof Mention>;

/** Content of a message of type `text`. */
export const TextContent = z
  .strictObject({
    text: MessageText,
    mentions: z.optional(z.array(Mention).check(z.minLength(1), z.maxLength(MENTIONS_PER_MESSAGE))),
  })
  .check(
    z.refine(
      (c) => (c.mentions ?? []).every((m) => m.offset + m.length <= c.text.length),
      "a mention must lie within the text",
    ),
  );
export type TextContent = z.infer<typeof TextContent>;

/** Content of type `location`: a place on WGS 84, in degrees, with the radius it is known to, in metres. */
export const LocationContent = z.strictObject({
  latitude: z.number().check(z.gte(-90), z.lte(90)),
  longitude: z.number().check(z.gte(-180), z.lte(180)),
  accuracy_m: z.optional(z.number().check(z.gte(0), z.lte(1_000_000))),
  label: z.optional(name(120)),
});
export type LocationContent = z.infer<typeof LocationContent>;

/** Content of type `contact`: somebody's card. With `user_id` it leads to a person of this server. */
export const ContactContent = z.strictObject({
  name: name(120),
  user_id: z.optional(UserId),
  phone: z.optional(z.string().check(z.regex(/^\+?[0-9][0-9 ().-]{2,30}$/, "not a telephone number"))),
  email: z.optional(z.string().check(z.maxLength(254), z.email("not an email address"))),
});
export type ContactContent = z.infer<typeof ContactContent>;

/** Content of type `sticker`: one of the pack that `GET /stickers` lists. */
export const StickerContent = z.strictObject({ sticker_id: z.string().check(z.refine(isSticker, "not a sticker")) });
export type StickerContent = z.infer<typeof StickerContent>;

/** Names an option of a poll: its place in the list, from 0. */
export const OptionId = z.int().check(z.gte(0), z.lt(POLL_OPTIONS));

/**
 * Content of type `poll`: 2 to 12 different options. Several may be chosen where `is_multiple`; nobody learns who chose
 * what where `is_anonymous`; nobody may vote after `closes_at`.
 */
export const PollContent = z
  .strictObject({
    question: name(POLL_QUESTION_CHARS),
    options: z.array(name(100)).check(z.minLength(2), z.maxLength(POLL_OPTIONS)),
    is_multiple: z.optional(z.boolean()),
    is_anonymous: z.optional(z.boolean()),
    closes_at: z.optional(Time),
  })
  .check(z.refine((p) => new Set(p.options).size === p.options.length, "options must differ"));
export type PollContent = z.infer<typeof PollContent>;

/** What people may send (K10); images, files and voice join with the capability that brings them. */
export const SendableType = z.enum(["text", "location", "contact", "poll", "sticker"]);
export type SendableType = z.infer<typeof SendableType>;
/** Content of a message that people may send; `message_type` says which. */
export const SendableContent = z.union([TextContent, LocationContent, ContactContent, PollContent, StickerContent]);
export type SendableContent = z.infer<typeof SendableContent>;

const KIND_OF: Record<SendableType, z.ZodMiniType> = {
  text: TextContent,
  location: LocationContent,
  contact: ContactContent,
  poll: PollContent,
  sticker: StickerContent,
};
/** Is the content what `message_type` says it is? */
export const isOfItsType = (message: { message_type: SendableType; content: unknown }): boolean =>
  KIND_OF[message.message_type].safeParse(message.content).success;

/**
 * How a poll stands. An anonymous one names nobody; the others the first 50 voters of each option. `closed_at` once somebody
 * has ended it; that its own time is over is seen by `closes_at`, and only the list of votes says it here too.
 */
export const PollState = z.object({
  voter_count: z.int(),
  options: z.array(z.object({ option_id: z.int(), count: z.int(), user_ids: z.optional(z.array(UserId)) })),
  closed_at: z.optional(Time),
});
export type PollState = z.infer<typeof PollState>;

/** What a linked page says of itself, fetched by the server: the first link of a text. */
export const LinkPreview = z.object({
  url: z.string(),
  title: z.string(),
  description: z.optional(z.string()),
  site_name: z.optional(z.string()),
});
export type LinkPreview = z.infer<typeof LinkPreview>;

/**
 * Content of a message of type `system`: what happened, to be worded by the client in its language.
 * `actor_id` did it, `user_ids` it was done to.
 */
export const NoticeContent = z.object({
  event: z.enum([
    "chat_created",
    "members_added",
    "member_joined",
    "member_removed",
    "member_banned",
    "member_left",
    "role_changed",
    "chat_renamed",
    "chat_described",
    "disappearing_changed",
    "slow_mode_changed",
    "permissions_changed",
    "visibility_changed",
    "message_pinned",
    "poll_closed",
  ]),
  actor_id: UserId,
  user_ids: z.optional(z.array(UserId)),
  name: z.optional(z.string()),
  role: z.optional(Role),
  message_id: z.optional(MessageId),
  /** Of a timer: null is off. */
  seconds: z.optional(z.nullable(z.int())),
  is_public: z.optional(z.boolean()),
});
export type NoticeContent = z.infer<typeof NoticeContent>;

/** Content as the server serves it: told apart by `message_type`. */
export const MessageContent = z.union([
  NoticeContent,
  z.object({ text: z.string(), mentions: z.optional(z.array(Mention)) }),
  z.object({
    latitude: z.number(),
    longitude: z.number(),
    accuracy_m: z.optional(z.number()),
    label: z.optional(z.string()),
  }),
  z.object({
    question: z.string(),
    options: z.array(z.string()),
    is_multiple: z.optional(z.boolean()),
    is_anonymous: z.optional(z.boolean()),
    closes_at: z.optional(Time),
  }),
  z.object({ sticker_id: z.string() }),
  z.object({
    name: z.string(),
    user_id: z.optional(UserId),
    phone: z.optional(z.string()),
    email: z.optional(z.string()),
  }),
]);
export type MessageContent = z.infer<typeof MessageContent>;
