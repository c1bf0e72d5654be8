import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod/mini";
import {
  Chat,
  ChatSettings,
  ChatType,
  HiddenMessage,
  InboxEntry,
  Member,
  Permissions,
  Person,
  Preview,
  Receipt,
  Reminder,
  SavedDraft,
} from "../src/protocol/chat.ts";
import {
  ContactContent,
  LinkPreview,
  LocationContent,
  Mention,
  MessageContent,
  MessageText,
  NoticeContent,
  PollContent,
  PollState,
  SendableContent,
  StickerContent,
  TextContent,
} from "../src/protocol/content.ts";
import { DownFrame, type DownType } from "../src/protocol/down.ts";
import { CLOSE, ERRORS } from "../src/protocol/error.ts";
import * as ids from "../src/protocol/ids.ts";
import { Emoji, Forwarded, Message, Reaction, ThreadSummary } from "../src/protocol/message.ts";
import { Role } from "../src/protocol/role.ts";
import { SendMessage, UP, type UpType } from "../src/protocol/up.ts";
import { CustomStatus, PresenceStatus } from "../src/protocol/user.ts";
import { OLDEST_VERSION, PROTOCOL_VERSION } from "../src/protocol/version.ts";
import { FRAMES, lines, sampleOf } from "./examples.ts";
import type { JsonSchema } from "./json-shape.ts";
import { ROOT } from "./paths.ts";

/** The page whose tables are made here from the schemas, between its markers. */
export const PROTOCOL_PAGE = join(ROOT, "docs", "protocol.md");

const WHAT_UP: Record<UpType, string> = {
  CONNECT: "signs in, as first frame where the upgrade carried no token",
  SEND_MESSAGE: "a message; everything but `type` and `chat_id` is fixed when it is composed",
  RETRY: "the very same SEND_MESSAGE again",
  DELETE_MESSAGE: "deletes a message for everyone; a tombstone stays",
  EDIT_MESSAGE: "another text for an own message; `message_rev` is the `rev` of the row that was edited",
  SET_REACTION: "sets or takes back an own emoji on a message",
  SET_PIN: "pins or unpins a message for everybody",
  FORWARD_MESSAGE: "a copy of a message that you may read; its author is the server's word",
  SET_VOTE: "sets the options that you choose in a poll; an empty list takes the vote back",
  CLOSE_POLL: "ends a poll",
  FOLLOW_THREAD: "follows the thread of a message, or stops to",
  READ_THREAD: "you have read everything up to `seq` in a thread",
  SCHEDULE_MESSAGE: "keeps a message until `send_at`; with another `command_id` it replaces what waits",
  CANCEL_SCHEDULED: "takes back a message that waits for its time",
  SET_REMINDER: "reminds you of a message, on all your devices; null takes it back",
  SET_CHAT_STATE: "what a chat is to you alone; what is absent stays, null takes back",
  SAVE_DRAFT: "keeps a draft for your other devices; the later `edited_at` wins",
  HIDE_MESSAGES: "deletes messages for you alone, or shows them again",
  MESSAGE_DELIVERED: "this device has everything up to `seq`",
  MESSAGE_READ: "the person has read everything up to `seq` or `message_id`",
  TYPING_START: "is writing; ends by itself after 3 s, so repeat it every 2 s",
  TYPING_STOP: "is no longer writing",
  CATCH_UP: "everything after a cursor, or without one a snapshot",
  ACKNOWLEDGE: "the device has applied the chat's news up to `rev`",
  ACKNOWLEDGE_INBOX: "the same for the inbox; what it shows counts as delivered",
  CATCH_UP_INBOX: "the inbox after a cursor, or without one all of it",
  SUBSCRIBE_PRESENCE: "replaces the set of people whose presence this socket is told, for 60 s",
  PRESENCE_UPDATE: "what this device's person is doing",
  PING: "with a timestamp: what is the time there? Without: the heartbeat",
};

const WHAT_DOWN: Record<DownType, string> = {
  CONNECTED: "signed in; the first frame of every socket",
  MESSAGE_ACK: "your message is stored and this is its place; to the sending socket alone",
  COMMAND_ACK: "your command is done, as of step `rev`; to the sending socket alone, for a repeat too",
  MESSAGE_RECEIVED:
    "a new message, to every socket, the sender's too; an answer with its thread's first message, `root`",
  MESSAGES_CHANGED: "messages that changed after they were sent: edited, deleted, reacted to, pinned",
  MEMBERS_CHANGED: "who joined, left or changed role, with the notice that says so",
  CHAT_CHANGED: "name, description or settings, with the notice that says so",
  RECEIPTS_CHANGED: "how far members have received and read",
  CAUGHT_UP: "everything between your cursor and the head",
  SNAPSHOT: "the chat as it is; replaces what you have of it",
  TYPING: "somebody is writing, or no longer",
  PRESENCE_BROADCAST:
    "what a person is doing; of two, the one with the later `timestamp` is true, and one of 1970, which tells no time, always is",
  INBOX_CHANGED: "entries of the chat list that changed",
  INBOX_SNAPSHOT: "the chat list, the newest 1,000 of it; replaces yours. `is_complete` false: page the rest over HTTP",
  PEOPLE_CHANGED:
    "contacts, requests, blocks or privacy changed, here or elsewhere; ask again for what you show of them",
  PONG: "answer to PING",
  ERROR: "one of your frames was refused, or the socket is about to close",
};

/** Schemas that have a name of their own on the page. */
const NAMED = new Map<unknown, string>([
  [ids.UserId, "user id"],
  [ids.ChatId, "chat id"],
  [ids.SessionId, "session id"],
  [ids.MessageId, "message id"],
  [ids.ClientMsgId, "client id"],
  [ids.CommandId, "command id"],
  [ids.DeviceId, "device id"],
  [ids.Seq, "seq"],
  [ids.SeqCursor, "seq or 0"],
  [ids.Rev, "rev"],
  [ids.Epoch, "epoch"],
  [ids.Time, "time"],
  [Chat, "Chat"],
  [ChatSettings, "ChatSettings"],
  [ChatType, "chat type"],
  [InboxEntry, "InboxEntry"],
  [Member, "Member"],
  [Person, "Person"],
  [Preview, "Preview"],
  [Receipt, "Receipt"],
  [Message, "Message"],
  [MessageContent, "content"],
  [MessageText, "text"],
  [TextContent, "text content"],
  [SendableContent, "content"],
  [PollState, "PollState"],
  [LinkPreview, "LinkPreview"],
  [ThreadSummary, "ThreadSummary"],
  [Reminder, "Reminder"],
  [Permissions, "Permissions"],
  [CustomStatus, "CustomStatus"],
  [Emoji, "emoji"],
  [Mention, "Mention"],
  [Reaction, "Reaction"],
  [Forwarded, "Forwarded"],
  [HiddenMessage, "HiddenMessage"],
  [SavedDraft, "SavedDraft"],
  [Role, "role"],
  [PresenceStatus, "presence"],
  [SendMessage, "SEND_MESSAGE"],
]);

/** The part of zod's own description of a schema that a page needs. */
interface Def {
  type: string;
  innerType?: Schema;
  element?: Schema;
  shape?: Record<string, Schema>;
  options?: readonly Schema[];
  values?: readonly unknown[];
  entries?: Record<string, string>;
}
interface Schema {
  _zod: { def: Def };
}
const defOf = (schema: Schema): Def => schema._zod.def;

function typeOf(schema: Schema): string {
  const named = NAMED.get(schema);
  if (named !== undefined) return named;
  const def = defOf(schema);
  switch (def.type) {
    case "optional":
    case "default":
      return def.innerType ? typeOf(def.innerType) : "";
    case "nullable":
      return `${def.innerType ? typeOf(def.innerType) : ""} or null`;
    case "array":
      return `list of ${def.element ? typeOf(def.element) : ""}`;
    case "literal":
      return (def.values ?? []).map((value) => JSON.stringify(value)).join(" or ");
    case "enum":
      return Object.values(def.entries ?? {})
        .map((value) => JSON.stringify(value))
        .join(" or ");
    case "union":
      return (def.options ?? []).map(typeOf).join(" or ");
    case "object":
      return `{ ${fieldsOf(schema, []).join(", ")} }`;
    default:
      return def.type === "unknown" ? "anything" : def.type;
  }
}

/** `name: type` of each field, `name?` where it may be absent. */
function fieldsOf(schema: Schema, without: readonly string[]): string[] {
  return Object.entries(defOf(schema).shape ?? {})
    .filter(([name]) => !without.includes(name))
    .map(([name, field]) => {
      const isOptional = ["optional", "default"].includes(defOf(field).type);
      return `\`${name}${isOptional ? "?" : ""}\`: ${typeOf(field)}`;
    });
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

function upTable(): string {
  return table(
    ["Frame", "Fields", "Socket", "Answered by", "Says"],
    Object.entries(UP).map(([type, { schema, place, answer }]) => [
      `\`${type}\``,
      fieldsOf(schema as unknown as Schema, ["type"]).join("<br>"),
      place,
      answer ?? "–",
      WHAT_UP[type as UpType],
    ]),
  );
}

function downTable(): string {
  const frames = defOf(DownFrame as unknown as Schema).options ?? [];
  return table(
    ["Frame", "Fields", "Says"],
    frames.map((schema) => {
      const type = String(defOf(defOf(schema).shape?.type ?? schema).values?.[0]);
      return [`\`${type}\``, fieldsOf(schema, ["type"]).join("<br>"), WHAT_DOWN[type as DownType]];
    }),
  );
}

function rowTable(): string {
  const rows = {
    ...{ Message, Mention, Reaction, Forwarded, Chat, Member, Receipt, Person, Preview, InboxEntry, ChatSettings },
    ...{ HiddenMessage, SavedDraft, Reminder, ThreadSummary, PollState, LinkPreview, CustomStatus, Permissions },
    "content of a `text`": TextContent,
    "content of a `location`": LocationContent,
    "content of a `contact`": ContactContent,
    "content of a `poll`": PollContent,
    "content of a `sticker`": StickerContent,
    "content of a `system` notice": NoticeContent,
  };
  return table(
    ["Row", "Fields"],
    Object.entries(rows).map(([name, schema]) => [name, fieldsOf(schema as unknown as Schema, []).join("<br>")]),
  );
}

function errorTable(): string {
  return table(
    ["Code", "HTTP", "Closes with", "Then", "Says"],
    Object.entries(ERRORS).map(([code, row]) => [
      `\`${code}\``,
      String(row.http),
      "close" in row ? String(row.close) : "–",
      row.retry,
      row.says,
    ]),
  );
}

/** One of each frame, up and down. */
function examples(): string {
  const down = (DownFrame.def.options as readonly z.ZodMiniType[]).map((schema) =>
    lines(sampleOf(z.toJSONSchema(schema, { io: "output", unrepresentable: "any" }) as JsonSchema)),
  );
  const block = (frames: readonly string[]) => `\`\`\`json\n${frames.join("\n")}\n\`\`\``;
  return `Up:\n\n${block(Object.values(FRAMES).map(lines))}\n\nDown (optional fields left out):\n\n${block(down)}`;
}

const closeList = (): string =>
  Object.entries(CLOSE)
    .map(([name, code]) => `${code} \`${name}\``)
    .join(", ");

const SECTIONS: Record<string, () => string> = {
  version: () => `Version ${PROTOCOL_VERSION}; the oldest still spoken is ${OLDEST_VERSION}.`,
  up: upTable,
  down: downTable,
  rows: rowTable,
  errors: errorTable,
  examples,
  close: closeList,
};

/** The page with every section between `<!-- made: name -->` and `<!-- end -->` made anew. @throws Error for a section that nothing makes */
export function withTables(page: string): string {
  return page.replace(/<!-- made: (\w+) -->\n[\s\S]*?<!-- end -->/g, (_, name: string) => {
    const make = SECTIONS[name];
    if (!make) throw new Error(`docs/protocol.md has a section ${name} that nothing makes`);
    return `<!-- made: ${name} -->\n${make()}\n<!-- end -->`;
  });
}

if (import.meta.main) {
  await writeFile(PROTOCOL_PAGE, withTables(await readFile(PROTOCOL_PAGE, "utf8")));
}
