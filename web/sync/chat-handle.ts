import { Fault } from "../../src/domain/fault.ts";
import { normaliseText } from "../../src/domain/text.ts";
import { newClientMsgId } from "../../src/protocol/ids.ts";
import { TEXT_BYTES } from "../../src/protocol/limits.ts";
import { MessageText } from "../../src/protocol/message.ts";
import { Cell } from "./cell.ts";
import type { ChatHandle, ChatScreen, Readable } from "./client.ts";
import type { Desk, ViewPlace, ViewRequest } from "./desk.ts";
import type { NewOutboxRow } from "./engine/outbox-row.ts";
import type { Store } from "./engine/ports.ts";

/** What an open chat needs of its tab. */
export interface HandleTools {
  desk(): Desk | undefined;
  store: Pick<Store, "addOutbox">;
  /** A message written now would leave in this moment, from this very tab. */
  isClear(chatId: string): boolean;
  now(): number;
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

  async send(text: string): Promise<void> {
    const content = MessageText.safeParse(normaliseText(text));
    if (!content.success) {
      const isTooLong = new TextEncoder().encode(text).byteLength > TEXT_BYTES;
      throw new Fault(isTooLong ? "too_large" : "invalid");
    }
    const now = this.#tools.now();
    await this.#write({
      kind: "message",
      chat_id: this.chat_id,
      client_msg_id: newClientMsgId(now),
      created_at: now,
      seen_seq: this.screen.get().head_seq,
      text: content.data,
      phase: "queued",
      is_transmitted: this.#tools.isClear(this.chat_id),
      attempts: 0,
    });
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

  async #write(row: NewOutboxRow): Promise<void> {
    const placed = await this.#tools.store.addOutbox(row);
    this.#tools.desk()?.written(placed);
  }

  /** Between two leaders nobody answers, and the screen may ask again; what must not be lost goes through the store. */
  async #ask(request: ViewRequest): Promise<string | undefined> {
    return this.#tools.desk()?.ask(this.view_id, request);
  }
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
