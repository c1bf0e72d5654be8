import * as z from "zod/mini";
import { DeviceId, SessionId, Time, UserId } from "./ids.ts";
import { NAME_CHARS, PASSWORD_CHARS, USERNAME_CHARS } from "./limits.ts";
import { line } from "./text.ts";

/** Letters, digits, dot, underscore and hyphen, 3 to 50, kept as written and compared without case. */
export const Username = z
  .string()
  .check(
    z.regex(
      new RegExp(`^[A-Za-z0-9](?:[A-Za-z0-9._-]{1,${USERNAME_CHARS - 2}})[A-Za-z0-9]$`),
      "3 to 50 letters, digits, dots, underscores or hyphens",
    ),
  );

/** An address that mail can be sent to; compared in lower case. */
export const Email = z.string().check(z.maxLength(254), z.email("not an email address"));

/** 8 to 128 characters of any kind; common ones are refused later, as `weak_password`. */
export const Password = z
  .string()
  .check(
    z.minLength(PASSWORD_CHARS.min, "at least 8 characters"),
    z.maxLength(PASSWORD_CHARS.max, "at most 128 characters"),
  );

/** A name as its person writes it, on one line. */
export const PersonName = line(NAME_CHARS);

/** What anybody who is signed in may see of a person. */
export const Profile = z.object({
  user_id: UserId,
  username: z.string(),
  display_name: z.string(),
  first_name: z.string(),
  last_name: z.string(),
  status_message: z.string(),
});
export type Profile = z.infer<typeof Profile>;

/** What a person sees of themselves. */
export const Self = z.extend(Profile, {
  email: z.string(),
  created_at: Time,
  /** They are an administrator of this server. */
  is_admin: z.optional(z.literal(true)),
});
export type Self = z.infer<typeof Self>;

export const DeviceType = z.enum(["web", "mobile", "desktop", "other"]);

/** One signed-in device. */
export const Session = z.object({
  session_id: SessionId,
  device_id: DeviceId,
  device_name: z.string(),
  device_type: DeviceType,
  created_at: Time,
  last_active_at: Time,
  is_current: z.boolean(),
});
export type Session = z.infer<typeof Session>;

/** Presence as others see it: the public projection of K15. */
export const PresenceStatus = z.enum(["online", "away", "busy", "offline"]);
export type PresenceStatus = z.infer<typeof PresenceStatus>;

/** The states behind it, as the person themselves sees them. */
export const PresenceState = z.enum(["active", "idle", "away", "in_call", "busy", "do_not_disturb", "offline"]);
export type PresenceState = z.infer<typeof PresenceState>;

/** What a person says of themselves for a while: an emoji, a line, and until when. Both empty: nothing. */
export const CustomStatus = z.object({
  text: z.string(),
  emoji: z.optional(z.string()),
  expires_at: z.optional(Time),
});
export type CustomStatus = z.infer<typeof CustomStatus>;

/** Stands in a presence for a time that is not told: who hides it looks like who was never there. */
export const UNTOLD_TIME = "1970-01-01T00:00:00.000Z";

export const Presence = z.object({
  user_id: UserId,
  status: PresenceStatus,
  /** When the state began, or {@link UNTOLD_TIME}. Of two the later one is true; one without a time always is. */
  timestamp: Time,
  /** Only while offline, once they have been online, and if they let it be seen. */
  last_seen_at: z.optional(Time),
  /** What a device says its person is doing, and the kinds of devices that are here. */
  activity: z.optional(z.string()),
  devices: z.optional(z.array(DeviceType)),
  custom_status: z.optional(CustomStatus),
  /** To the person's own devices alone. */
  state: z.optional(PresenceState),
  /** To the person's own devices alone: what it was before. */
  previous_status: z.optional(PresenceStatus),
});
export type Presence = z.infer<typeof Presence>;

/** Who may know or do something: everybody who shares a chat or could, only people in one's contacts, or nobody. */
export const Circle = z.enum(["everybody", "contacts", "nobody"]);
export type Circle = z.infer<typeof Circle>;

/** What a person lets be known. What they hide they do not see of others. */
export const Privacy = z.object({
  last_seen: Circle,
  online: Circle,
  /** Do others learn what this person has read. */
  has_read_receipts: z.boolean(),
  /** Do others see this person writing. */
  has_typing: z.boolean(),
  /** Who finds them by name in the search for people. */
  findable: Circle,
  /** Who may add them to groups; others can only invite. */
  addable: Circle,
  /** Who may begin a direct chat with them. */
  reachable: Circle,
});
export type Privacy = z.infer<typeof Privacy>;
