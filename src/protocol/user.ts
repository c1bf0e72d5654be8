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
export const Self = z.extend(Profile, { email: z.string(), created_at: Time });
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

export const Presence = z.object({
  user_id: UserId,
  status: PresenceStatus,
  /** When the state began. */
  timestamp: Time,
  /** Only while offline, and only once they have been online. */
  last_seen_at: z.optional(Time),
});
export type Presence = z.infer<typeof Presence>;
