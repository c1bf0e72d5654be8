import type { Member, Receipt } from "../../../src/protocol/chat.ts";
import type { Role } from "../../../src/protocol/role.ts";
import type {
  ChatHandle,
  ChatScreen,
  MessageRef,
  ScheduledLine,
  SendOptions,
  ThreadHandle,
  ThreadScreen,
  TimelineMessage,
} from "../../../web/sync/client.ts";
import { Cell } from "./cell.ts";
import { type FakeChat, ME, personOf } from "./fake-people.ts";
import { fieldsOf, pollAfter, SETTINGS, THREAD_REPLIES } from "./fake-talk.ts";
import { iso, MINUTE, scenario } from "./scenario.ts";

const PAGE = 40;

function roleOf(fake: FakeChat, id: string, place: number): Role {
  if (id === ME.user_id && fake.my_role !== undefined) return fake.my_role;
  return fake.peer === undefined ? ((["owner", "admin", "moderator"] as const)[place] ?? "member") : "member";
}

export const HISTORY = 400;

/** A chat as the engine would hold it: what is done to it shows at once, and stays until the page is loaded again. */
export class FakeChatRoom {
  readonly fake: FakeChat;
  readonly screen: Cell<ChatScreen>;
  readonly draft: Cell<string>;
  #oldest: number;
  #head: number;
  #mine = 0;
  readonly #scheduled: Cell<readonly ScheduledLine[]>;

  constructor(fake: FakeChat) {
    this.fake = fake;
    this.#head = HISTORY + fake.lines.length;
    this.#oldest = HISTORY - PAGE;
    this.draft = new Cell(fake.draft ?? "");
    this.#scheduled = new Cell(fake.scheduled ?? []);
    const members: Member[] = fake.members.map((id, i) => ({
      user_id: id,
      username: personOf(id).username,
      display_name: personOf(id).display_name,
      role: roleOf(fake, id, i),
      joined_at: iso(0),
      rev: i,
    }));
    const receipts = new Map<string, Receipt>(
      fake.members.map((id, i) => [
        id,
        { user_id: id, delivered_seq: this.#head - (i % 3 === 2 ? 2 : 0), read_seq: this.#head - (i % 2) * 3 },
      ]),
    );
    const my = members.find((member) => member.user_id === ME.user_id);
    this.screen = new Cell<ChatScreen>({
      status: scenario === "loading" ? "loading" : "ready",
      chat_id: fake.chat_id,
      title: fake.title,
      chat: {
        chat_id: fake.chat_id,
        chat_type: fake.chat_type ?? (fake.peer === undefined ? "group" : "direct"),
        name: fake.peer === undefined ? fake.title : "",
        description: fake.description ?? "",
        created_by: fake.members[0] ?? ME.user_id,
        created_at: iso(Date.now() - 40 * 24 * 60 * MINUTE),
        rev: 1,
        member_count: members.length,
        max_members: 1000,
        settings: { ...SETTINGS, ...fake.settings },
        is_active: true,
      },
      ...(fake.peer === undefined ? {} : { peer_id: fake.peer }),
      ...(my === undefined ? {} : { me: my }),
      members,
      receipts,
      messages: scenario === "loading" ? [] : this.#window(),
      has_older: fake.lines.length > 0,
      has_newer: false,
      is_loading_older: false,
      is_loading_newer: false,
      ...(fake.unread > 0 ? { first_unread_seq: this.#head - fake.unread + 1 } : {}),
      unread: fake.unread,
      head_seq: this.#head,
      typing: (fake.typing ?? []).map((id) => ({ user_id: id, display_name: personOf(id).display_name })),
    });
  }

  #message(seq: number): TimelineMessage {
    const index = seq - HISTORY - 1;
    const line = this.fake.lines[index];
    const key = `${this.fake.chat_id}.${seq}`;
    if (line === undefined) {
      const other = this.fake.members.find((id) => id !== ME.user_id) ?? ME.user_id;
      const sender = seq % 5 < 2 ? ME.user_id : other;
      const words = [
        "Sure.",
        "Let me look at it after lunch, then I will write down what we decided.",
        "👍",
        "Could you send me the second draft again? I want to compare the two openings.",
      ];
      return {
        key,
        seq,
        message_id: key,
        sender_id: sender,
        sender_name: personOf(sender).display_name,
        is_own: sender === ME.user_id,
        kind: "text",
        text: `${words[seq % words.length]} #${seq}`,
        created_at: Date.now() - (HISTORY - seq + 60) * 37 * MINUTE,
        ...(sender === ME.user_id ? { editable_until: Number.POSITIVE_INFINITY } : {}),
        ...(sender === ME.user_id ? { state: "read" as const } : {}),
      };
    }
    const isOwn = line.from === ME.user_id;
    const isUnsent = line.state === "failed" || line.state === "waiting" || line.state === "sending";
    return {
      key,
      ...(isUnsent ? { client_msg_id: key } : { seq, message_id: key, client_msg_id: key }),
      sender_id: line.from,
      sender_name: personOf(line.from).display_name,
      is_own: isOwn,
      kind: line.kind ?? "text",
      ...(line.text === undefined ? {} : { text: line.text }),
      ...(line.notice === undefined ? {} : { notice: line.notice }),
      created_at: Date.now() - line.minutes_ago * MINUTE,
      ...(isOwn && line.kind === undefined ? { state: line.state ?? "read" } : {}),
      ...(isOwn && line.kind === undefined && !isUnsent ? { editable_until: Number.POSITIVE_INFINITY } : {}),
      ...line.extra,
    };
  }

  #window(): TimelineMessage[] {
    if (this.fake.lines.length === 0) return [];
    return Array.from({ length: this.#head - this.#oldest }, (_, i) => this.#message(this.#oldest + 1 + i));
  }

  #patch(change: Partial<ChatScreen>): void {
    this.screen.set({ ...this.screen.get(), ...change });
  }

  #change(ref: MessageRef, change: (message: TimelineMessage) => Partial<TimelineMessage>): void {
    const { messages } = this.screen.get();
    const isIt = (one: TimelineMessage): boolean => one.seq === ref || one.client_msg_id === ref;
    this.#patch({ messages: messages.map((one) => (isIt(one) ? { ...one, ...change(one) } : one)) });
  }

  #react(ref: MessageRef, emoji: string, isSet: boolean): void {
    this.#change(ref, ({ reactions = [] }) => {
      const known = reactions.some((one) => one.emoji === emoji)
        ? reactions
        : [...reactions, { emoji, count: 0, is_own: false, user_ids: [] }];
      const next = known.map((one) => {
        if (one.emoji !== emoji || one.is_own === isSet) return one;
        const others = one.user_ids.filter((id) => id !== ME.user_id);
        const user_ids = isSet ? [...others, ME.user_id] : others;
        return { emoji, count: user_ids.length, is_own: isSet, user_ids };
      });
      return { reactions: next.filter((one) => one.count > 0) };
    });
  }

  #compose(fields: Partial<TimelineMessage>, options: SendOptions = {}): TimelineMessage {
    const key = `mine-${++this.#mine}`;
    return {
      key,
      client_msg_id: key,
      sender_id: ME.user_id,
      sender_name: ME.display_name,
      is_own: true,
      kind: "text",
      created_at: Date.now(),
      state: "sending",
      ...(options.expires_in_s === undefined ? {} : { expires_at: Date.now() + options.expires_in_s * 1_000 }),
      ...(options.mentions === undefined ? {} : { mentions: options.mentions }),
      ...fields,
    };
  }

  #send(fields: Partial<TimelineMessage>, options?: SendOptions): void {
    const message = this.#compose(fields, options);
    this.#patch({ messages: [...this.screen.get().messages, message] });
    setTimeout(() => {
      const seq = ++this.#head;
      const messages = this.screen
        .get()
        .messages.map((one) => (one.key === message.key ? { ...one, seq, state: "sent" as const } : one));
      this.#patch({ messages, head_seq: seq });
    }, 150);
  }

  #votes(seq: number) {
    const poll = this.screen.get().messages.find((one) => one.seq === seq)?.poll;
    const options = poll?.options ?? [];
    return {
      poll: {
        voter_count: poll?.voter_count ?? 0,
        options: options.map(({ option_id, count }) => ({ option_id, count })),
      },
      own_option_ids: options.filter((one) => one.is_own).map((one) => one.option_id),
      ...(poll?.is_anonymous
        ? {}
        : { voters: options.map((one) => ({ option_id: one.option_id, people: one.user_ids.map(personOf) })) }),
    };
  }

  #thread(rootSeq: number): ThreadHandle {
    const root = this.screen.get().messages.find((one) => one.seq === rootSeq);
    const replies = THREAD_REPLIES(this.fake.chat_id, rootSeq);
    const screen = new Cell<ThreadScreen>({
      status: "ready",
      chat_id: this.fake.chat_id,
      ...(root === undefined ? {} : { root }),
      messages: replies,
      has_older: false,
      is_loading_older: false,
      is_following: true,
      unread: 0,
      ...(replies.length > 2 ? { first_unread_seq: replies.at(-1)?.seq } : {}),
    });
    const draft = new Cell("");
    const add = (fields: Partial<TimelineMessage>, options?: SendOptions): void => {
      const message = { ...this.#compose(fields, options), thread_root_seq: rootSeq, state: "sent" as const };
      screen.set({ ...screen.get(), messages: [...screen.get().messages, { ...message, seq: ++this.#head }] });
    };
    return {
      screen,
      draft,
      setDraft: (text) => draft.set(text),
      send: async (text, options) => add({ kind: "text", text }, options),
      sendContent: async (type, content, options) => add(fieldsOf(type, content), options),
      follow: async (isFollowing) => screen.set({ ...screen.get(), is_following: isFollowing }),
      loadOlder: async () => undefined,
      markRead: () => undefined,
      close: () => undefined,
    };
  }

  handle(): ChatHandle {
    return {
      screen: this.screen,
      draft: this.draft,
      send: async (text, options) => this.#send({ kind: "text", text }, options),
      sendContent: async (type, content, options) => this.#send(fieldsOf(type, content), options),
      setVote: async (ref, optionIds) =>
        this.#change(ref, ({ poll }) => (poll ? { poll: pollAfter(poll, optionIds) } : {})),
      closePoll: async (ref) => this.#change(ref, ({ poll }) => (poll ? { poll: { ...poll, is_closed: true } } : {})),
      votes: async (seq) => this.#votes(seq),
      openThread: (rootSeq) => this.#thread(rootSeq),
      threads: async (filter) =>
        this.screen
          .get()
          .messages.filter((one) => one.thread !== undefined)
          .map((root, i) => ({ root, unread: i === 0 ? 2 : 0, is_following: true }))
          .filter((one) => filter !== "unread" || one.unread > 0),
      schedule: async (message_type, content, send_at, { client_msg_id = `later-${++this.#mine}` } = {}) => {
        const others = this.#scheduled.get().filter((one) => one.client_msg_id !== client_msg_id);
        const line: ScheduledLine = { client_msg_id, send_at, message_type, content, is_queued: false };
        this.#scheduled.set([...others, line].sort((a, b) => a.send_at - b.send_at));
      },
      cancelScheduled: async (id) =>
        this.#scheduled.set(this.#scheduled.get().filter((one) => one.client_msg_id !== id)),
      scheduled: this.#scheduled,
      loadScheduled: () => undefined,
      setReminder: async () => undefined,
      edit: async (ref, text) => this.#change(ref, () => ({ text, edited_at: Date.now() })),
      setReaction: async (ref, emoji, isSet) => this.#react(ref, emoji, isSet),
      setPin: async (ref, isPinned) => this.#change(ref, () => ({ is_pinned: isPinned })),
      hide: async (seqs, isHidden) => {
        const { messages } = this.screen.get();
        this.#patch({
          messages: isHidden
            ? messages.filter((one) => one.seq === undefined || !seqs.includes(one.seq))
            : this.#window(),
        });
      },
      edits: async () => [
        { text: "Then I will mark the place", written_at: Date.now() - 6 * MINUTE },
        { text: "Then I'll mark the place and send it back.", written_at: Date.now() - 4 * MINUTE },
      ],
      pins: async () => this.screen.get().messages.filter((one) => one.is_pinned),
      retry: async () => undefined,
      discard: async (id) => {
        const { messages } = this.screen.get();
        this.#patch({ messages: messages.filter((one) => one.client_msg_id !== id) });
        return messages.find((one) => one.client_msg_id === id)?.text;
      },
      deleteMessage: async (ref) => this.#change(ref, () => ({ kind: "deleted" })),
      setDraft: (text) => this.draft.set(text),
      typing: () => undefined,
      loadOlder: async () => {
        this.#patch({ is_loading_older: true });
        await new Promise((resolve) => setTimeout(resolve, 250));
        this.#oldest = Math.max(0, this.#oldest - PAGE);
        this.#patch({ is_loading_older: false, messages: this.#window(), has_older: this.#oldest > 0 });
      },
      loadNewer: async () => undefined,
      jumpTo: async () => undefined,
      markRead: () => undefined,
      close: () => undefined,
    };
  }
}
