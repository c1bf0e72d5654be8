import type { ChatState } from "../../../src/domain/delta.ts";
import type { InboxEntry, Member } from "../../../src/protocol/chat.ts";
import type { Message } from "../../../src/protocol/message.ts";
import type { MessageState, ScheduledLine } from "../client.ts";
import { type ChatPicture, isInTimeline, titleOf, unreadOf } from "./chat-view.ts";
import type { ChatSummary } from "./inbox-lines.ts";
import type { OutboxRow } from "./outbox-row.ts";
import { isDeletion, PaintedCommands, paintCommands } from "./painted-commands.ts";
import { stateInLog, type TickLine, tickLine } from "./ticks.ts";
import type { Veil } from "./veil.ts";

/** Where a chat stands at the moment of a repaint. */
export interface ChatMoment {
  state: ChatState | undefined;
  entry: InboxEntry | undefined;
  outbox: readonly OutboxRow[];
  typing: readonly string[];
  read_seq: number;
  head_seq: number;
  is_attached: boolean;
  is_gone: boolean;
  hidden: Veil;
  quote(seq: number): Message | undefined;
  choice(message: Message): readonly number[] | undefined;
  scheduled: readonly ScheduledLine[] | undefined;
  now: number;
  until(at: number): void;
}

/** Works out what screens and the chat list show of a chat, and does again only what changed. */
export class ChatPainter {
  readonly names = new Map<string, string>();
  readonly #chatId: string;
  readonly #me: string;
  #ticks: { members: unknown; receipts: unknown; line: TickLine } | undefined;
  #pins: { of: unknown; rev: number; mark: string } = { of: undefined, rev: 0, mark: "" };
  #members: { of: unknown; list: readonly Member[] } = { of: undefined, list: [] };

  constructor(chatId: string, me: string) {
    this.#chatId = chatId;
    this.#me = me;
  }

  picture(moment: ChatMoment): ChatPicture {
    return {
      ...moment,
      chat_id: this.#chatId,
      me: this.#me,
      names: this.names,
      ticks: this.#tickLine(moment.state),
      members: this.#currentMembers(moment.state),
      pins_mark: this.#pinsMark(moment.state),
    };
  }

  /** For the inbox: what this device knows better than the hub's last word. */
  summary(moment: ChatMoment): ChatSummary {
    const picture = this.picture(moment);
    const last = this.#lastShown(moment);
    const lastState: MessageState | undefined =
      last?.sender_id === this.#me ? stateInLog(last.seq, picture.ticks) : undefined;
    return {
      title: titleOf(picture),
      unread: unreadOf(picture),
      head_seq: moment.head_seq,
      read_seq: moment.read_seq,
      last,
      log_head: moment.state ? moment.head_seq : 0,
      last_state: lastState,
      typing: moment.typing.map((userId) => ({
        user_id: userId,
        display_name: this.nameOf(moment.state, userId),
      })),
      is_attached: moment.is_attached,
    };
  }

  /** The newest message of the timeline that this person has not deleted, with what they have just made of it. */
  #lastShown({ state, head_seq: head, hidden, outbox, until }: ChatMoment): Message | undefined {
    if (!state) return undefined;
    let seq = head;
    let message = state.messages.get(seq);
    while (message && seq > hidden.cleared && (hidden.has(seq) || !isInTimeline(message)))
      message = state.messages.get(--seq);
    if (!message || hidden.has(seq)) return undefined;
    if (message.expires_at !== undefined && message.content !== null) until(Date.parse(message.expires_at));
    const commands = new PaintedCommands(outbox).of(seq, undefined);
    if (isDeletion(commands)) return { ...message, content: null, deleted_at: message.created_at };
    return commands.length > 0 ? paintCommands(message, commands, this.#me) : message;
  }

  nameOf(state: ChatState | undefined, userId: string): string {
    return state?.members.get(userId)?.display_name ?? this.names.get(userId) ?? "";
  }

  #tickLine(state: ChatState | undefined): TickLine {
    if (!state) return { delivered: 0, read: 0 };
    if (this.#ticks?.members !== state.members || this.#ticks.receipts !== state.receipts) {
      this.#ticks = { members: state.members, receipts: state.receipts, line: tickLine(state, this.#me) };
    }
    return this.#ticks.line;
  }

  /** Also of what no screen shows: somebody may pin while a reader is in the past. */
  #pinsMark(state: ChatState | undefined): string {
    if (state && (this.#pins.of !== state.messages || this.#pins.rev !== state.rev)) {
      let mark = "";
      for (const { seq, pinned_at, content } of state.messages.values())
        if (pinned_at !== undefined || (content && "event" in content && content.event === "message_pinned"))
          mark += ` ${seq}`;
      this.#pins = { of: state.messages, rev: state.rev, mark };
    }
    return this.#pins.mark;
  }

  #currentMembers(state: ChatState | undefined): readonly Member[] {
    if (state && this.#members.of !== state.members) {
      this.#members = {
        of: state.members,
        list: [...state.members.values()].filter((member) => member.removed_at === undefined),
      };
    }
    return this.#members.list;
  }
}
