import type { Reminder } from "../../src/protocol/chat.ts";
import type { PeopleReason } from "../../src/protocol/down.ts";
import type { Presence } from "../../src/protocol/user.ts";
import type {
  ChatScreen,
  ConnectionState,
  Inbox,
  Refusal,
  ScheduledLine,
  ThreadScreen,
  TimelineMessage,
} from "./client.ts";
import type { OutboxRow } from "./engine/outbox-row.ts";

/** Where an open chat's window stands: at the head, or around a message. */
export type ViewPlace = "latest" | number;

/** What a screen asks of its open chat: plain data, because it may have to go to another tab. All of them are safe to repeat. */
export type ViewRequest =
  | { verb: "load_older" }
  | { verb: "load_newer" }
  | { verb: "jump_to"; place: ViewPlace }
  /** `is_whole`: the person says so of the chat, whatever is in sight. */
  | { verb: "mark_read"; seq: number; is_whole?: boolean }
  | { verb: "typing" }
  | { verb: "stop_typing" }
  /** The screen shows what waits for its time. */
  | { verb: "load_scheduled" }
  | { verb: "retry"; client_msg_id: string }
  /** Answered with the text of the message that was thrown away. */
  | { verb: "discard"; client_msg_id: string };

/** A screen as it is served: with what waits for its time in the chat, once somebody asked for it. */
export interface ServedScreen extends ChatScreen {
  scheduled?: readonly ScheduledLine[];
}

/** What is shown on a view: a chat, or a thread of it. */
export type DeskScreen = ServedScreen | ThreadScreen;

/** Where the window of a screen stands, for a desk that takes over. */
export function placeOf({ messages, has_newer }: Pick<ChatScreen, "messages" | "has_newer">): ViewPlace {
  return has_newer ? (messages[Math.floor(messages.length / 2)]?.seq ?? "latest") : "latest";
}

export const isThreadScreen = (screen: DeskScreen): screen is ThreadScreen => !("head_seq" in screen);

/**
 * Where a tab's screens are served from: the engine in this tab, or, through a channel, the one in the tab that leads.
 * A view is one open chat on one screen; its id is unique among all tabs.
 */
export interface Desk {
  /**
   * `threadRootSeq`: the view shows the thread of that message, not the chat. `lineSeq`: before which message its "New" line
   * stands already, of a view that another desk served.
   */
  openView(viewId: string, chatId: string, place: ViewPlace, threadRootSeq?: number, lineSeq?: number): void;
  closeView(viewId: string): void;
  /** Answers when it is done; with a text for `discard`, if there was one. */
  ask(viewId: string, request: ViewRequest): Promise<string | undefined>;
  /** A row that this tab wrote into the common store. */
  written(row: OutboxRow): void;
  /** A tab has ended, perhaps before it could tell of a row that it wrote. */
  reread(): void;
  /** What this tab wrote into the common store; `editedAt` in epoch milliseconds by this device's clock. */
  drafted(chatId: string, text: string, editedAt: number): void;
  /** Replaces the set of people whose presence this tab shows. */
  watchPresence(subjects: readonly PresenceSubject[]): void;
  setActive(isActive: boolean): void;
  reconnect(): void;
  /** The network came or went, as this device says. */
  setNetwork(isThere: boolean): void;
}

export interface PresenceSubject {
  user_id: string;
  chat_id: string;
}

/** What a desk tells: always the whole of the newest, never an increment. */
export interface DeskSink {
  connection(state: ConnectionState): void;
  inbox(inbox: Inbox): void;
  screen(viewId: string, screen: DeskScreen): void;
  /** Reminders that wait or are due: all of them. */
  reminders(reminders: readonly Reminder[]): void;
  presence(presence: Presence): void;
  /** Contacts, requests, blocks or privacy changed: whoever shows them asks the server again. */
  people(reason: PeopleReason): void;
  arrival(message: TimelineMessage, chatId: string): void;
  /** Another device wrote this draft, or threw it away. */
  drafted(chatId: string, text: string, editedAt: number): void;
  /** A command was refused, and what was painted is undone. */
  refused(refusal: Refusal): void;
  /** The session was ended from elsewhere. */
  revoked(): void;
}
