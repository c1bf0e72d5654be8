import type { Reminder } from "../../../src/protocol/chat.ts";
import type { PeopleReason } from "../../../src/protocol/down.ts";
import type { Presence } from "../../../src/protocol/user.ts";
import type { ConnectionState, Inbox, Refusal, TimelineMessage } from "../client.ts";
import type { PresenceSubject, ViewPlace, ViewRequest } from "../desk.ts";
import type { OutboxRow } from "../engine/outbox-row.ts";
import type { ListPatch } from "./list-patch.ts";

/** A screen as a difference to the one that was sent before: fields that changed, and the messages as a patch. */
export interface ScreenPatch {
  fields: Record<string, unknown>;
  /** Fields that are no longer there. */
  gone: string[];
  messages: ListPatch<TimelineMessage> | undefined;
}

export interface InboxPatch {
  status: Inbox["status"];
  unread: number;
  lines: ListPatch<Inbox["lines"][number]>;
}

/** What the tabs of one person say to each other. Old and new tabs may meet after an update: what is not understood is ignored. */
export type TabMessage =
  /** A tab leads now: everybody else asks it for everything anew. */
  | { kind: "leading"; from: string }
  /** A tab is here, and wants to be told. */
  | { kind: "hello"; from: string }
  | {
      kind: "open";
      from: string;
      view_id: string;
      chat_id: string;
      place: ViewPlace;
      thread_root_seq?: number;
      line_seq?: number;
    }
  | { kind: "close"; from: string; view_id: string }
  | { kind: "ask"; from: string; ask_id: number; view_id: string; request: ViewRequest }
  | { kind: "written"; from: string; row: OutboxRow }
  | { kind: "watch"; from: string; subjects: PresenceSubject[] }
  | { kind: "active"; from: string; is_active: boolean }
  | { kind: "reconnect"; from: string }
  /** The leader heard. */
  | { kind: "alive"; to: string }
  | { kind: "answer"; to: string; ask_id: number; text?: string }
  | { kind: "screen"; to: string; view_id: string; patch: ScreenPatch }
  | { kind: "inbox"; to: string; patch: InboxPatch }
  | { kind: "reminders"; from: string; reminders: readonly Reminder[] }
  | { kind: "connection"; from: string; state: ConnectionState }
  | { kind: "presence"; from: string; presence: Presence }
  | { kind: "people"; from: string; reason: PeopleReason }
  | { kind: "refused"; from: string; refusal: Refusal }
  | { kind: "arrival"; from: string; message: TimelineMessage; chat_id: string }
  /** To all, from whoever typed, or heard of it from another device. */
  | { kind: "drafted"; from: string; chat_id: string; text: string; edited_at: number };

/** As much of a BroadcastChannel as is used: a message reaches every other tab, never its own. */
export interface TabChannel {
  post(message: TabMessage): void;
  listen(listener: (message: TabMessage) => void): () => void;
  close(): void;
}

export function browserChannel(name: string): TabChannel {
  const channel = new BroadcastChannel(name);
  return {
    post: (message) => channel.postMessage(message),
    listen: (listener) => {
      const hear = ({ data }: MessageEvent<TabMessage>) => listener(data);
      channel.addEventListener("message", hear);
      return () => channel.removeEventListener("message", hear);
    },
    close: () => channel.close(),
  };
}
