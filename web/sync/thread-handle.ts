import type { SendableContent, SendableType } from "../../src/protocol/content.ts";
import { Cell } from "./cell.ts";
import type { Readable, SendOptions, ThreadHandle, ThreadScreen } from "./client.ts";
import { Composer, type ComposerTools } from "./composer.ts";
import type { ViewRequest } from "./desk.ts";

/** What an open thread needs of its tab. */
export interface ThreadTools extends ComposerTools {
  /** The head of the chat, as far as its screen knows it. */
  headSeq(): number;
  draft: Readable<string>;
  setDraft(text: string): void;
  closed(): void;
}

/** A thread as its screen holds it: the same object while tabs change the lead behind it. */
export class OpenThread implements ThreadHandle {
  readonly view_id: string;
  readonly chat_id: string;
  readonly root_seq: number;
  readonly screen: Cell<ThreadScreen>;
  readonly draft: Readable<string>;
  readonly #tools: ThreadTools;
  readonly #composer: Composer;

  constructor(viewId: string, chatId: string, rootSeq: number, tools: ThreadTools) {
    this.view_id = viewId;
    this.chat_id = chatId;
    this.root_seq = rootSeq;
    this.draft = tools.draft;
    this.#tools = tools;
    this.screen = new Cell<ThreadScreen>({
      status: "loading",
      chat_id: chatId,
      messages: [],
      has_older: false,
      is_loading_older: false,
      is_following: false,
      unread: 0,
    });
    this.#composer = new Composer(chatId, tools, () => this.#seenSeq());
  }

  /** As the desk serves it. One that has just begun has nothing to show yet: what was shown stays until it has. */
  show(screen: ThreadScreen): void {
    if (screen.status === "loading" && this.screen.get().status === "ready") return;
    this.screen.set(screen);
  }

  setDraft(text: string): void {
    this.#tools.setDraft(text);
  }

  async send(text: string, options: SendOptions = {}): Promise<void> {
    const { mentions } = options;
    await this.sendContent("text", { text, ...(mentions ? { mentions: [...mentions] } : {}) }, options);
  }

  async sendContent(type: SendableType, content: SendableContent, options: SendOptions = {}): Promise<void> {
    await this.#composer.message(type, content, { ...options, thread_root_seq: this.root_seq });
  }

  async follow(isFollowing: boolean): Promise<void> {
    await this.#composer.command("command", { type: "FOLLOW_THREAD", is_following: isFollowing }, this.root_seq);
  }

  async loadOlder(): Promise<void> {
    await this.#ask({ verb: "load_older" });
  }

  markRead(seq: number): void {
    void this.#ask({ verb: "mark_read", seq });
  }

  close(): void {
    this.#tools.desk()?.closeView(this.view_id);
    this.#tools.closed();
  }

  #seenSeq(): number {
    const last = this.screen.get().messages.findLast((message) => message.seq !== undefined)?.seq ?? this.root_seq;
    return Math.max(this.#tools.headSeq(), last);
  }

  #ask(request: ViewRequest): Promise<string | undefined> | undefined {
    return this.#tools.desk()?.ask(this.view_id, request);
  }
}
