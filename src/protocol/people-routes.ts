import * as z from "zod/mini";
import { Person } from "./chat.ts";
import { ChatId, MessageId, ReportId, Time, UserId } from "./ids.ts";
import { NAME_CHARS } from "./limits.ts";
import { cursor, limit } from "./page.ts";
import type { Route } from "./route.ts";
import { line } from "./text.ts";
import { CustomStatus, PersonName, PresenceState, PresenceStatus, Privacy, Self } from "./user.ts";

const personParams = z.strictObject({ userId: UserId });

/** Somebody in one's contacts, under the name that their owner gave them. */
export const Contact = z.object({
  person: Person,
  contact_name: z.optional(z.string()),
  /** They have this person in their contacts, too. */
  is_mutual: z.boolean(),
  added_at: Time,
});
export type Contact = z.infer<typeof Contact>;

export const FriendRequest = z.object({
  person: Person,
  direction: z.enum(["incoming", "outgoing"]),
  message: z.string(),
  requested_at: Time,
});
export type FriendRequest = z.infer<typeof FriendRequest>;

/** Why something is reported. */
export const ReportReason = z.enum(["spam", "harassment", "violence", "sexual", "child_safety", "fraud", "other"]);

/** A report in the queue of the administrators. What was said at the time of reporting is kept with it. */
export const Report = z.object({
  report_id: ReportId,
  reporter: Person,
  subject: z.enum(["user", "message", "chat"]),
  user: z.optional(Person),
  chat_id: z.optional(ChatId),
  message_id: z.optional(MessageId),
  evidence: z.optional(z.string()),
  reason: ReportReason,
  comment: z.string(),
  reported_at: Time,
  state: z.enum(["open", "dismissed", "acted"]),
  note: z.string(),
  decided_by: z.optional(UserId),
  decided_at: z.optional(Time),
});
export type Report = z.infer<typeof Report>;

/** Routes about people and how they stand to each other. */
export const PEOPLE_ROUTES = {
  updateMe: {
    method: "PUT",
    path: "/users/me",
    summary: "Change your names and what you say of yourself",
    access: "signed_in",
    body: z
      .strictObject({
        first_name: z.optional(line(NAME_CHARS)),
        last_name: z.optional(line(NAME_CHARS)),
        display_name: z.optional(PersonName),
        status_message: z.optional(line(140)),
      })
      .check(z.refine((b) => Object.keys(b).length > 0, "nothing to change")),
    status: 200,
    data: Self,
    errors: ["rate_limited"],
  },
  ownPresence: {
    method: "GET",
    path: "/users/me/presence",
    summary: "How others see you now, and your state behind it",
    access: "signed_in",
    status: 200,
    data: z.object({ status: PresenceStatus, state: PresenceState, custom_status: z.optional(CustomStatus) }),
    errors: [],
  },
  privacy: {
    method: "GET",
    path: "/users/privacy",
    summary: "What you let be known",
    access: "signed_in",
    status: 200,
    data: Privacy,
    errors: [],
  },
  setPrivacy: {
    method: "PUT",
    path: "/users/privacy",
    summary: "Change what you let be known; what you hide you do not see of others",
    access: "signed_in",
    body: z
      .partial(z.strictObject(Privacy.shape))
      .check(z.refine((b) => Object.keys(b).length > 0, "nothing to change")),
    status: 200,
    data: Privacy,
    errors: ["rate_limited"],
  },
  listContacts: {
    method: "GET",
    path: "/users/contacts",
    summary: "Your contacts, by name",
    access: "signed_in",
    query: z.strictObject({ limit, cursor }),
    status: 200,
    data: z.object({ contacts: z.array(Contact), next_cursor: z.optional(z.string()) }),
    errors: [],
  },
  putContact: {
    method: "POST",
    path: "/users/contacts",
    summary: "Keep a person as a contact, under a name of your own",
    access: "signed_in",
    body: z.strictObject({ user_id: UserId, contact_name: z.optional(z.nullable(line(NAME_CHARS))) }),
    status: 200,
    data: Contact,
    errors: ["not_found", "too_many", "rate_limited"],
  },
  removeContact: {
    method: "DELETE",
    path: "/users/contacts/:userId",
    summary: "Keep a person no longer",
    access: "signed_in",
    params: personParams,
    status: 200,
    data: z.object({}),
    errors: ["not_found", "rate_limited"],
  },
  listFriendRequests: {
    method: "GET",
    path: "/users/friend-requests",
    summary: "Requests that wait for an answer, yours and others'",
    access: "signed_in",
    status: 200,
    data: z.object({ requests: z.array(FriendRequest) }),
    errors: [],
  },
  requestFriend: {
    method: "POST",
    path: "/users/friend-requests",
    summary: "Ask a person to be contacts of each other; asking who has asked you is accepting",
    access: "signed_in",
    body: z.strictObject({ user_id: UserId, message: z._default(line(200), "") }),
    status: 200,
    data: z.object({ status: z.enum(["requested", "accepted"]) }),
    errors: ["not_found", "blocked", "too_many", "rate_limited"],
  },
  answerFriend: {
    method: "PUT",
    path: "/users/friend-requests/:userId",
    summary: "Accept or decline a request; a decline is not told",
    access: "signed_in",
    params: personParams,
    body: z.strictObject({ is_accepted: z.boolean() }),
    status: 200,
    data: z.object({}),
    errors: ["not_found", "too_many", "rate_limited"],
  },
  withdrawFriend: {
    method: "DELETE",
    path: "/users/friend-requests/:userId",
    summary: "Take back a request",
    access: "signed_in",
    params: personParams,
    status: 200,
    data: z.object({}),
    errors: ["not_found", "rate_limited"],
  },
  block: {
    method: "POST",
    path: "/users/block",
    summary: "Block a person, or no longer; they are not told",
    access: "signed_in",
    body: z.strictObject({ user_id: UserId, blocked: z.boolean() }),
    status: 200,
    data: z.object({ blocked: z.boolean() }),
    errors: ["not_found", "too_many", "rate_limited"],
  },
  listBlocked: {
    method: "GET",
    path: "/users/blocked",
    summary: "People you have blocked",
    access: "signed_in",
    status: 200,
    data: z.object({ people: z.array(Person) }),
    errors: [],
  },
  report: {
    method: "POST",
    path: "/reports",
    summary: "Report a person, a message or a chat to the administrators",
    access: "signed_in",
    body: z
      .strictObject({
        user_id: z.optional(UserId),
        message_id: z.optional(MessageId),
        chat_id: z.optional(ChatId),
        reason: ReportReason,
        comment: z._default(z.string().check(z.trim(), z.maxLength(1_000)), ""),
      })
      .check(
        z.refine(
          (b) => [b.user_id, b.message_id, b.chat_id].filter((id) => id !== undefined).length === 1,
          "one of user_id, message_id, chat_id",
        ),
      ),
    status: 201,
    data: z.object({ report_id: ReportId }),
    errors: ["not_found", "rate_limited"],
  },
  listReports: {
    method: "GET",
    path: "/admin/reports",
    summary: "The queue of reports, the oldest open one first",
    access: "admin",
    query: z.strictObject({ limit, cursor, state: z._default(z.enum(["open", "dismissed", "acted"]), "open") }),
    status: 200,
    data: z.object({ reports: z.array(Report), next_cursor: z.optional(z.string()) }),
    errors: ["forbidden"],
  },
  decideReport: {
    method: "PUT",
    path: "/admin/reports/:id",
    summary: "Say what was done about a report",
    access: "admin",
    params: z.strictObject({ id: ReportId }),
    body: z.strictObject({
      state: z.enum(["open", "dismissed", "acted"]),
      note: z._default(z.string().check(z.trim(), z.maxLength(1_000)), ""),
    }),
    status: 200,
    data: Report,
    errors: ["not_found", "forbidden"],
  },
} as const satisfies Record<string, Route>;
