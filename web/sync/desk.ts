import type { Presence } from "../../src/protocol/user.ts";
import type { ChatScreen, ConnectionState, Inbox, Refusal, TimelineMessage } from "./client.ts";
import type { OutboxRow } from "./engine/outbox-row.ts";

/** Where an open chat's window stands: at the head, or around a message. */
export type ViewPlace = "latest" | number;

/** What a screen asks of its open chat: plain data, because it may have to go to another tab. All of them are safe to repeat. */
export type ViewRequest =
  | { verb: "load_older" }
  | { verb: "load_newer" }
  | { verb: "jump_to"; place: ViewPlace }
  | { verb: "mark_read"; seq: number }
  | { verb: "typing" }
  | { verb: "stop_typing" }
  | { verb: "retry"; client_msg_id: string }
  /** Answered with the text of the message that was thrown away. */
  | { verb: "discard"; client_msg_id: string };

/**
 * Where a tab's screens are served from: the engine in this tab, or, through a channel, the one in the tab that leads.
 * A view is one open chat on one screen; its id is unique among all tabs.
 */
export interface Desk {
  openView(viewId: string, chatId: string, place: ViewPlace): void;
  closeView(viewId: string): void;
  /** Answers when it is done; with a text for `discard`, if there was one. */
  ask(viewId: string, request: ViewRequest): Promise<string | undefined>;
  /** A row that this tab wrote into the common store. */
  written(row: OutboxRow): void;
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
  screen(viewId: string, screen: ChatScreen): void;
  presence(presence: Presence): void;
  arrival(message: TimelineMessage, chatId: string): void;
  /** Another device wrote this draft, or threw it away. */
  drafted(chatId: string, text: string, editedAt: number): void;
  /** A command was refused, and what was painted is undone. */
  refused(refusal: Refusal): void;
  /** The session was ended from elsewhere. */
  revoked(): void;
}
