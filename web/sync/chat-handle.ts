import type { Mention, SendableContent, SendableType } from "../../src/protocol/content.ts";
import { messageId } from "../../src/protocol/ids.ts";
import { MESSAGES_PER_COMMAND } from "../../src/protocol/limits.ts";
import type { Message } from "../../src/protocol/message.ts";
import type { DataOf } from "../../src/protocol/rest.ts";
import { Cell } from "./cell.ts";
import type {
  ChatHandle,
  ChatScreen,
  MessageRef,
  Readable,
  ScheduledLine,
  ScheduleOptions,
  SendOptions,
  ThreadHandle,
  ThreadLine,
  TimelineMessage,
} from "./client.ts";
import { Composer, type ComposerTools } from "./composer.ts";
import { placeOf, type ServedScreen, type ViewPlace, type ViewRequest } from "./desk.ts";
import { drawMessage } from "./engine/timeline-message.ts";

/** What a screen asks the server itself. They reject with a Fault. */
export interface ChatQuestions {
  edits(messageId: string): Promise<{ text: string; written_at: number }[]>;
  pins(chatId: string): Promise<Message[]>;
  votes(messageId: string): Promise<DataOf<"listVotes">>;
  threads(chatId: string, filter: "all" | "following" | "unread"): Promise<DataOf<"listThreads">["threads"]>;
}

/** What an open chat needs of its tab. */
export interface HandleTools extends ComposerTools {
  me: string;
  questions: ChatQuestions;
  openThread(rootSeq: number, headSeq: () => number): ThreadHandle;
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
  readonly scheduled: Cell<readonly ScheduledLine[]>;
  readonly #tools: HandleTools;
  readonly #composer: Composer;

  constructor(viewId: string, chatId: string, title: string, tools: HandleTools) {
    this.view_id = viewId;
    this.chat_id = chatId;
    this.#tools = tools;
    this.draft = tools.draft;
    this.screen = new Cell(emptyScreen(chatId, title));
    this.scheduled = new Cell<readonly ScheduledLine[]>([], (isWatched) => {
      if (isWatched) this.loadScheduled();
    });
    this.#composer = new Composer(chatId, tools, () => this.screen.get().head_seq);
  }

  /** As the desk serves it. One that has just begun has nothing to show yet: what was shown stays until it has. */
  show(screen: ServedScreen): void {
    if (screen.status === "loading" && this.screen.get().status === "ready") return;
    this.screen.set(screen);
    if (screen.scheduled) this.scheduled.set(screen.scheduled);
  }

  /** Asked again of a desk that takes over, while somebody looks. */
  loadScheduled(): void {
    void this.#ask({ verb: "load_scheduled" });
  }

  /** Where the window stands, for a desk that takes over. */
  get place(): ViewPlace {
    return placeOf(this.screen.get());
  }

  async send(text: string, options: SendOptions = {}): Promise<void> {
    const { mentions } = options;
    await this.sendContent("text", { text, ...(mentions ? { mentions: [...mentions] } : {}) }, options);
  }

  async sendContent(type: SendableType, content: SendableContent, options: SendOptions = {}): Promise<void> {
    const { reply_to: ref, ...rest } = options;
    const reply_to = ref === undefined ? undefined : this.#numbered(ref);
    await this.#composer.message(type, content, { ...rest, ...(reply_to === undefined ? {} : { reply_to }) });
  }

  async edit(
    message: MessageRef,
    text: string,
    options: { seen_rev?: number; mentions?: readonly Mention[] } = {},
  ): Promise<void> {
    const ref = this.#numbered(message);
    // Zero: it has not come back yet; the engine names the row when it is there.
    const messageRev = options.seen_rev ?? this.#shown(ref)?.rev ?? 0;
    await this.#composer.edit(ref, text, messageRev, options.mentions);
  }

  setReaction(message: MessageRef, emoji: string, isSet: boolean): Promise<void> {
    const ref = this.#numbered(message);
    return this.#composer.command("command", { type: "SET_REACTION", emoji, is_set: isSet }, ref);
  }

  setPin(message: MessageRef, isPinned: boolean): Promise<void> {
    return this.#composer.command("command", { type: "SET_PIN", is_pinned: isPinned }, this.#numbered(message));
  }

  setVote(message: MessageRef, optionIds: readonly number[]): Promise<void> {
    const option_ids = [...new Set(optionIds)].sort((a, b) => a - b);
    return this.#composer.command("command", { type: "SET_VOTE", option_ids }, this.#numbered(message));
  }

  closePoll(message: MessageRef): Promise<void> {
    return this.#composer.command("command", { type: "CLOSE_POLL" }, this.#numbered(message));
  }

  votes(seq: number): Promise<DataOf<"listVotes">> {
    return this.#tools.questions.votes(messageId(this.chat_id, seq));
  }

  openThread(rootSeq: number): ThreadHandle {
    return this.#tools.openThread(rootSeq, () => this.screen.get().head_seq);
  }

  async threads(filter: "all" | "following" | "unread"): Promise<readonly ThreadLine[]> {
    const threads = await this.#tools.questions.threads(this.chat_id, filter);
    const { cleared_seq = 0 } = this.screen.get();
    const shown = threads.filter(({ root }) => Math.max(root.seq, root.thread?.last_reply_seq ?? 0) > cleared_seq);
    return shown.map(({ root, unread, is_following }) => ({ root: this.#drawn(root), unread, is_following }));
  }

  async schedule(
    type: SendableType,
    content: SendableContent,
    sendAt: number,
    options: ScheduleOptions = {},
  ): Promise<void> {
    await this.#composer.schedule(type, content, sendAt, options);
  }

  cancelScheduled(clientMsgId: string): Promise<void> {
    return this.#composer.command("command", { type: "CANCEL_SCHEDULED", scheduled_id: clientMsgId });
  }

  setReminder(seq: number, remindAt: number | null): Promise<void> {
    const remind_at = remindAt === null ? null : new Date(remindAt).toISOString();
    return this.#composer.command("personal", { type: "SET_REMINDER", remind_at }, seq);
  }

  async hide(seqs: readonly number[], isHidden: boolean): Promise<void> {
    for (let i = 0; i < seqs.length; i += MESSAGES_PER_COMMAND) {
      const part = seqs.slice(i, i + MESSAGES_PER_COMMAND);
      await this.#composer.command("personal", { type: "HIDE_MESSAGES", seqs: part, is_hidden: isHidden });
    }
  }

  edits(seq: number): Promise<{ text: string; written_at: number }[]> {
    return this.#tools.questions.edits(messageId(this.chat_id, seq));
  }

  async pins(): Promise<TimelineMessage[]> {
    return (await this.#tools.questions.pins(this.chat_id)).map((message) => this.#drawn(message));
  }

  deleteMessage(message: MessageRef): Promise<void> {
    return this.#composer.deletion(this.#numbered(message));
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

  markRead(seq: number, isWhole = false): void {
    void this.#ask({ verb: "mark_read", seq, ...(isWhole ? { is_whole: true } : {}) });
  }

  close(): void {
    this.#tools.desk()?.closeView(this.view_id);
    this.#tools.closed();
  }

  #shown(ref: MessageRef): TimelineMessage | undefined {
    const { messages } = this.screen.get();
    return messages.find((message) => (typeof ref === "number" ? message.seq === ref : message.client_msg_id === ref));
  }

  /** A message that got its number since the screen took its id is named by the number. */
  #numbered(ref: MessageRef): MessageRef {
    return typeof ref === "number" ? ref : (this.#shown(ref)?.seq ?? ref);
  }

  /** A row that came as an answer, for a list beside the timeline. */
  #drawn(message: Message): TimelineMessage {
    const { members, chat } = this.screen.get();
    return drawMessage(message, {
      me: this.#tools.me,
      sender_name: members.find((member) => member.user_id === message.sender_id)?.display_name ?? "",
      state: "sent",
      is_deleted_here: false,
      edit_window_s: chat?.settings.edit_window_s,
      now: this.#tools.now(),
    });
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
