import { Fault } from "../../src/domain/fault.ts";
import { normaliseText } from "../../src/domain/text.ts";
import { MessageText } from "../../src/protocol/content.ts";
import { messageId, newClientMsgId } from "../../src/protocol/ids.ts";
import { MESSAGES_PER_COMMAND, TEXT_BYTES } from "../../src/protocol/limits.ts";
import type { Message } from "../../src/protocol/message.ts";
import { Cell } from "./cell.ts";
import type { ChatHandle, ChatScreen, Readable, TimelineMessage } from "./client.ts";
import type { Desk, ViewPlace, ViewRequest } from "./desk.ts";
import { type Command, type NewOutboxRow, newCommand } from "./engine/outbox-row.ts";
import type { Store } from "./engine/ports.ts";
import { drawMessage } from "./engine/timeline-message.ts";

/** What a screen asks the server itself. They reject with a Fault. */
export interface ChatQuestions {
  edits(messageId: string): Promise<{ text: string; written_at: number }[]>;
  pins(chatId: string): Promise<Message[]>;
}

/** What an open chat needs of its tab. */
export interface HandleTools {
  desk(): Desk | undefined;
  store: Pick<Store, "addOutbox">;
  /** A message written now would leave in this moment, from this very tab. */
  isClear(chatId: string): boolean;
  now(): number;
  me: string;
  questions: ChatQuestions;
  draft: Readable<string>;
  setDraft(text: string): void;
  closed(): void;
}

/** An open chat as its screen holds it: the same object while tabs change the lead behind it. */
export class OpenChat implements ChatHandle {
  readonly view_id: string;
  readonly chat_id: string;
  readonly screen: Cell<ChatScreen>;
  readonly draft: Readable<string>;
  readonly #tools: HandleTools;

  constructor(viewId: string, chatId: string, title: string, tools: HandleTools) {
    this.view_id = viewId;
    this.chat_id = chatId;
    this.#tools = tools;
    this.draft = tools.draft;
    this.screen = new Cell(emptyScreen(chatId, title));
  }

  /** Where the window stands, for a desk that takes over. */
  get place(): ViewPlace {
    const { messages, has_newer } = this.screen.get();
    return has_newer ? (messages[Math.floor(messages.length / 2)]?.seq ?? "latest") : "latest";
  }

  async send(text: string, options: { reply_to_seq?: number } = {}): Promise<void> {
    const content = checkedText(text);
    const now = this.#tools.now();
    const { reply_to_seq } = options;
    await this.#write({
      kind: "message",
      chat_id: this.chat_id,
      client_msg_id: newClientMsgId(now),
      created_at: now,
      seen_seq: this.screen.get().head_seq,
      text: content,
      ...(reply_to_seq === undefined ? {} : { reply_to_seq }),
      phase: "queued",
      is_transmitted: this.#tools.isClear(this.chat_id),
      attempts: 0,
    });
  }

  async edit(seq: number, text: string, options: { seen_rev?: number } = {}): Promise<void> {
    const content = checkedText(text);
    // Zero: acknowledged and not come back yet; the engine names the row when it is there.
    const message_rev = options.seen_rev ?? this.#shown(seq)?.rev ?? 0;
    await this.#command({ type: "EDIT_MESSAGE", message_rev }, seq, content);
  }

  setReaction(seq: number, emoji: string, isSet: boolean): Promise<void> {
    return this.#command({ type: "SET_REACTION", emoji, is_set: isSet }, seq);
  }

  setPin(seq: number, isPinned: boolean): Promise<void> {
    return this.#command({ type: "SET_PIN", is_pinned: isPinned }, seq);
  }

  async hide(seqs: readonly number[], isHidden: boolean): Promise<void> {
    for (let i = 0; i < seqs.length; i += MESSAGES_PER_COMMAND) {
      const now = this.#tools.now();
      const command: Command = {
        type: "HIDE_MESSAGES",
        seqs: seqs.slice(i, i + MESSAGES_PER_COMMAND),
        is_hidden: isHidden,
      };
      await this.#write(newCommand("personal", this.chat_id, command, { id: newClientMsgId(now), now }));
    }
  }

  edits(seq: number): Promise<{ text: string; written_at: number }[]> {
    return this.#tools.questions.edits(messageId(this.chat_id, seq));
  }

  async pins(): Promise<TimelineMessage[]> {
    const { me } = this.#tools;
    const messages = await this.#tools.questions.pins(this.chat_id);
    const { members, chat } = this.screen.get();
    return messages.map((message) =>
      drawMessage(message, {
        me,
        sender_name: members.find((member) => member.user_id === message.sender_id)?.display_name ?? "",
        state: "sent",
        is_deleted_here: false,
        edit_window_s: chat?.settings.edit_window_s,
      }),
    );
  }

  async deleteMessage(seq: number): Promise<void> {
    const now = this.#tools.now();
    await this.#write({
      kind: "deletion",
      chat_id: this.chat_id,
      client_msg_id: newClientMsgId(now),
      created_at: now,
      seen_seq: this.screen.get().head_seq,
      text: "",
      target_seq: seq,
      phase: "queued",
      is_transmitted: false,
      attempts: 0,
    });
  }

  async retry(clientMsgId: string): Promise<void> {
    await this.#ask({ verb: "retry", client_msg_id: clientMsgId });
  }

  discard(clientMsgId: string): Promise<string | undefined> {
    return this.#ask({ verb: "discard", client_msg_id: clientMsgId });
  }

  setDraft(text: string): void {
    if (text === "" && this.draft.get() !== "") void this.#ask({ verb: "stop_typing" });
    this.#tools.setDraft(text);
  }

  typing(): void {
    void this.#ask({ verb: "typing" });
  }

  async loadOlder(): Promise<void> {
    await this.#ask({ verb: "load_older" });
  }

  async loadNewer(): Promise<void> {
    await this.#ask({ verb: "load_newer" });
  }

  async jumpTo(target: "latest" | number): Promise<void> {
    await this.#ask({ verb: "jump_to", place: target });
  }

  markRead(seq: number): void {
    void this.#ask({ verb: "mark_read", seq });
  }

  close(): void {
    this.#tools.desk()?.closeView(this.view_id);
    this.#tools.closed();
  }

  #shown(seq: number): TimelineMessage | undefined {
    return this.screen.get().messages.find((message) => message.seq === seq);
  }

  async #command(command: Command, seq: number, text = ""): Promise<void> {
    const now = this.#tools.now();
    await this.#write(
      newCommand("command", this.chat_id, command, { id: newClientMsgId(now), now, target_seq: seq, text }),
    );
  }

  async #write(row: NewOutboxRow): Promise<void> {
    const placed = await this.#tools.store.addOutbox(row);
    this.#tools.desk()?.written(placed);
  }

  /** Between two leaders nobody answers, and the screen may ask again; what must not be lost goes through the store. */
  async #ask(request: ViewRequest): Promise<string | undefined> {
    return this.#tools.desk()?.ask(this.view_id, request);
  }
}

/** @throws Fault `invalid` or `too_large` */
function checkedText(text: string): string {
  const content = MessageText.safeParse(normaliseText(text));
  if (content.success) return content.data;
  const isTooLong = new TextEncoder().encode(text).byteLength > TEXT_BYTES;
  throw new Fault(isTooLong ? "too_large" : "invalid");
}

const emptyScreen = (chatId: string, title: string): ChatScreen => ({
  status: "loading",
  chat_id: chatId,
  title,
  members: [],
  receipts: new Map(),
  messages: [],
  has_older: false,
  has_newer: false,
  is_loading_older: false,
  is_loading_newer: false,
  unread: 0,
  head_seq: 0,
  typing: [],
});
