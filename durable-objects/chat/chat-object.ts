import { Fault } from "../../src/domain/fault.ts";
import type { Chat, ChatSettings, Member, Person, Receipt } from "../../src/protocol/chat.ts";
import type { LinkPreview, TextContent } from "../../src/protocol/content.ts";
import type { MessageAck } from "../../src/protocol/down.ts";
import { directChatId, newEpoch } from "../../src/protocol/ids.ts";
import type { BumpReport, ChatBumpCalls, ChatPreviewCalls, ChatViewCalls } from "../../src/protocol/job.ts";
import type { Draft, Message } from "../../src/protocol/message.ts";
import type { ChatView, History } from "../../src/protocol/rest.ts";
import type { Role } from "../../src/protocol/role.ts";
import type {
  BlockState,
  Bump,
  Caller,
  ChatCalls,
  EditAsk,
  ForwardAsk,
  ForwardSource,
  HiddenSigns,
  HistoryAsk,
  NewChat,
  PinAsk,
  ReactionAsk,
  Recipient,
  ScheduleAsk,
  ScheduledChange,
} from "../../src/protocol/rpc.ts";
import type { SearchAsk, SearchPage } from "../../src/protocol/search-rpc.ts";
import type { CausalPlace, ThreadPage, ThreadsAsk, VoteAsk, Votes } from "../../src/protocol/thread-calls.ts";
import type { ThreadEntry } from "../../src/protocol/thread-routes.ts";
import type { ScheduledMessage } from "../../src/protocol/timer-routes.ts";
import type { UpFrame } from "../../src/protocol/up.ts";
import { setBlock } from "./blocks.ts";
import { toBump } from "./bumps.ts";
import { causalPlace } from "./causality.ts";
import { type Settled, visibleMessage } from "./changes.ts";
import { isCommitted, serve, withTypingEnd } from "./commands.ts";
import type { Effect } from "./commits.ts";
import { recipients } from "./delivery.ts";
import { editMessage, formerTexts } from "./edits.ts";
import { EntryCalls } from "./entry-calls.ts";
import { followThread, readThread } from "./followers.ts";
import { forward, sourceOf } from "./forwards.ts";
import { history, memberPage, pinned, seqInChat, view } from "./history.ts";
import { addMembers, endChat, insertChat, removeMember, setRole } from "./members.ts";
import { deleteMessage, send, toAck } from "./messages.ts";
import { rename } from "./names.ts";
import { setPin } from "./pins.ts";
import { closePoll, setVote, votesOf } from "./polls.ts";
import { seenPosts } from "./posts.ts";
import { putPreview } from "./previews.ts";
import { allReactions, setReaction } from "./reactions.ts";
import { moveCursors } from "./receipts.ts";
import type { Room } from "./room.ts";
import type { MemberRow, MessageRow } from "./rows.ts";
import { asAsked, cancelScheduled, changeScheduled, listScheduled, schedule, toScheduled } from "./schedule.ts";
import { search, searchHistory } from "./search.ts";
import { updateChat } from "./settings.ts";
import { setSigns } from "./signs.ts";
import { listThreads, threadEntry, threadPage, threadRoot } from "./threads.ts";
import { withoutHidden } from "./unveiling.ts";
import { toAnswer, toMessageFor, toReceipt } from "./wire.ts";

/**
 * One chat: its order, its log, its members and the sockets open on it. This file is what is asked of it; what the
 * commands do is in the files beside it, and what they must do in SPEC.md.
 */
export class ChatObject extends EntryCalls implements ChatCalls, ChatPreviewCalls, ChatViewCalls, ChatBumpCalls {
  // Calls of the Worker

  async create(chat: NewChat): Promise<ChatView> {
    if (chat.chat_type === "direct") {
      const [one, other = one] = chat.people.map((p) => p.user_id);
      if (one === undefined || other === undefined || (await directChatId(one, other)) !== chat.chat_id)
        throw new Fault("invalid");
    }
    if (!chat.people.some((p) => p.user_id === chat.created_by)) throw new Fault("invalid");
    if (!this.openRoom()) {
      this.db.transaction(() => {
        this.makeDatabase();
        insertChat(this.store, chat, newEpoch(), this.now());
      });
      this.armAlarm(this.now() + this.timing.bump_alarm_ms, true);
    }
    // What was blocked before there was a chat, or could not be told.
    for (const block of chat.blocks ?? []) await this.setBlock(block);
    const room = this.requireRoom();
    const member = room.requireMember(chat.created_by);
    // The creator's own list first, and awaited: whoever asks for it next must find the chat there.
    await this.bumps.callNow(chat.created_by);
    this.errands.bumpMembers();
    this.ctx.waitUntil(this.errands.project());
    return view(room, member);
  }

  async view(by: string): Promise<ChatView> {
    const room = this.requireRoom();
    return view(room, room.requireMember(by));
  }

  async update(
    by: string,
    patch: { name?: string; description?: string; settings?: Partial<ChatSettings> },
  ): Promise<Chat> {
    return this.change((room) => updateChat(room, by, patch, this.now()));
  }

  async end(by: string): Promise<void> {
    await this.change((room) => endChat(room, by, this.now()));
  }

  async addMembers(by: string, people: Person[]): Promise<Member[]> {
    return this.change((room) => addMembers(room, by, people, this.now()));
  }

  async removeMember(by: string, userId: string): Promise<void> {
    await this.change((room) => removeMember(room, by, userId, this.now()));
  }

  async setRole(by: string, userId: string, role: Role): Promise<Member> {
    return this.change((room) => setRole(room, by, userId, role, this.now()));
  }

  async members(by: string, limit: number, after?: string): Promise<{ members: Member[]; next?: string }> {
    const room = this.requireRoom();
    return memberPage(room, room.requireMember(by), limit, after);
  }

  async send(by: string, draft: Draft): Promise<{ ack: MessageAck; message: Message }> {
    const room = this.requireRoom();
    const row = await this.change((now) =>
      withTypingEnd(this.desk, by, send(now, by, draft, this.now(), this.sendLimit)),
    );
    return { ack: toAck(room.chat.chat_id, row), message: this.#answer(by, row) };
  }

  async deleteMessage(by: string, seq: number): Promise<Message> {
    const { message } = await this.change((room) => deleteMessage(room, by, seq, this.now()));
    return message;
  }

  async message(by: string, seq: number): Promise<Message> {
    return this.#look(by, seq, (room, row, viewer) => toMessageFor(room, viewer, row));
  }

  async editMessage(by: string, ask: EditAsk): Promise<Message> {
    return this.#settle(by, (room) => editMessage(room, by, ask, this.now(), this.sendLimit));
  }

  async edits(by: string, seq: number): Promise<{ content: TextContent; written_at: string }[]> {
    return this.#look(by, seq, formerTexts);
  }

  async setReaction(by: string, ask: ReactionAsk): Promise<Message> {
    return this.#settle(by, (room) => setReaction(room, by, ask, this.now(), this.sendLimit));
  }

  async reactions(by: string, seq: number): Promise<{ emoji: string; people: Person[] }[]> {
    return this.#look(by, seq, allReactions);
  }

  async setPin(by: string, ask: PinAsk): Promise<Message> {
    return this.#settle(by, (room) => setPin(room, by, ask, this.now(), this.sendLimit));
  }

  async pins(by: string): Promise<Message[]> {
    const room = this.requireRoom();
    return pinned(room, room.requireMember(by));
  }

  async thread(...[by, seq, ask, ...veil]: Parameters<ChatCalls["thread"]>): Promise<ThreadPage> {
    const room = this.requireRoom();
    return threadPage(room, room.requireMember(by), seq, ask, ...veil);
  }

  async setThread(
    by: string,
    seq: number,
    { command_id, is_following, read_seq }: Parameters<ChatCalls["setThread"]>[2],
  ): Promise<ThreadEntry> {
    if (is_following !== undefined) {
      const ask = { seq, command_id, is_following };
      await this.change((room) => followThread(room, by, ask, this.now(), this.sendLimit));
    }
    if (read_seq !== undefined) await this.change((room) => readThread(room, by, seq, read_seq));
    const room = this.requireRoom();
    const viewer = room.requireMember(by);
    return threadEntry(room, viewer, threadRoot(room, viewer, seq));
  }

  async threads(by: string, ask: ThreadsAsk): Promise<{ threads: ThreadEntry[]; next?: number }> {
    const room = this.requireRoom();
    return listThreads(room, room.requireMember(by), ask);
  }

  async setVote(by: string, ask: VoteAsk): Promise<Message> {
    return this.#settle(by, (room) => setVote(room, by, ask, this.now(), this.sendLimit));
  }

  async votes(by: string, seq: number): Promise<Votes> {
    const room = this.requireRoom();
    return votesOf(room, room.requireMember(by), seq, this.now());
  }

  async closePoll(by: string, ask: { seq: number; command_id: string }): Promise<Message> {
    return this.#settle(by, (room) => closePoll(room, by, ask, this.now(), this.sendLimit));
  }

  async order(by: string, seq: number): Promise<CausalPlace> {
    const room = this.requireRoom();
    const viewer = room.requireMember(by);
    return causalPlace(room, viewer, visibleMessage(room, viewer, seq));
  }

  async forward(by: string, ask: ForwardAsk): Promise<{ ack: MessageAck; message: Message }> {
    const reading = await this.readSource(by, ask);
    const row = await this.change((room) => withTypingEnd(this.desk, by, forward(room, by, ask, reading, this.now())));
    const chatId = this.requireRoom().chat.chat_id;
    return { ack: toAck(chatId, row), message: this.#answer(by, row) };
  }

  async forwardSource(by: string, seq: number): Promise<ForwardSource> {
    return sourceOf(this.requireRoom(), by, seq);
  }

  async listScheduled(by: string): Promise<ScheduledMessage[]> {
    return listScheduled(this.requireRoom(), by);
  }

  async schedule(by: string, ask: ScheduleAsk): Promise<ScheduledMessage> {
    const { row } = await this.change((room) => schedule(room, by, ask, this.now(), this.sendLimit));
    const { chat_id } = this.requireRoom().chat;
    // A repeat of what was sent or taken back since is answered with what it asked for.
    return row ? toScheduled(chat_id, row) : asAsked(chat_id, ask);
  }

  async changeScheduled(by: string, change: ScheduledChange): Promise<ScheduledMessage> {
    const { row } = await this.change((room) => changeScheduled(room, by, change, this.now(), this.sendLimit));
    if (!row) throw new Fault("too_late");
    return toScheduled(this.requireRoom().chat.chat_id, row);
  }

  async cancelScheduled(by: string, commandId: string, clientMsgId: string): Promise<void> {
    await this.change((room) => cancelScheduled(room, by, commandId, clientMsgId, this.now()));
  }

  async delivery(by: string, seq: number): Promise<Recipient[]> {
    return this.#look(by, seq, recipients);
  }

  /** Something about a message that `by` may see. */
  #look<T>(by: string, seq: number, at: (room: Room, row: MessageRow, viewer: MemberRow) => T): T {
    const room = this.requireRoom();
    const viewer = room.requireMember(by);
    return at(room, visibleMessage(room, viewer, seq), viewer);
  }

  async #settle(by: string, run: (room: Room) => Effect<Settled>): Promise<Message> {
    const { row } = await this.change(run);
    return this.#answer(by, row);
  }

  #answer(by: string, row: MessageRow): Message {
    const room = this.requireRoom();
    const viewer = room.member(by);
    if (!viewer) throw new Fault("not_found");
    return toAnswer(room, viewer, row);
  }

  async history(by: string, ask: HistoryAsk): Promise<History> {
    const room = this.requireRoom();
    const viewer = room.requireMember(by);
    if (ask.around_seq !== undefined) seqInChat(room, ask.around_seq);
    const { search: q } = ask;
    return q === undefined
      ? history(room, viewer, ask)
      : searchHistory(room, this.searched(room), viewer, { ...ask, search: q });
  }

  async search(by: string, ask: SearchAsk): Promise<SearchPage> {
    const room = this.requireRoom();
    const viewer = room.requireMember(by);
    return search(room, this.searched(room), viewer, ask, this.now());
  }

  async markRead(by: string, seq: number): Promise<Receipt> {
    const room = this.requireRoom();
    const member = room.requireMember(by);
    if (moveCursors(room, member, seq, seq)) await this.flushReceipts();
    return toReceipt(this.requireRoom().member(by) ?? member);
  }

  async isMember(userId: string): Promise<boolean> {
    const room = this.openRoom();
    return room ? room.isPresent(room.member(userId)) : false;
  }

  async seenPosts(by: string, seqs: readonly number[]): Promise<{ place: number; seqs: number[] }> {
    return seenPosts(this.requireRoom(), by, seqs);
  }

  // Calls of queue consumers

  async putPreview(seq: number, preview: LinkPreview): Promise<void> {
    if (this.openRoom()) await this.change((room) => putPreview(room, seq, preview, this.now()));
  }

  async confirmProjected(outboxIds: number[]): Promise<void> {
    if (this.openRoom()) this.store.deleteOutbox(outboxIds);
  }

  async bumpsFor(batchId: number, userIds: readonly string[]): Promise<Record<string, Bump>> {
    return this.bumps.batch(batchId, userIds);
  }

  async bumped(batchId: number, report: BumpReport): Promise<void> {
    this.bumps.settle(batchId, report);
  }

  // Calls of hubs

  async readHead(userId: string, hidden: readonly number[] = [], cleared = 0): Promise<Bump | undefined> {
    const room = this.openRoom();
    const member = room?.member(userId);
    if (!room || !member) return undefined;
    this.bumps.rearm(userId);
    const bump = toBump(room, member, false);
    return { ...bump, entry: withoutHidden(room, member, bump.entry, hidden, cleared) };
  }

  async markDelivered(userId: string, seq: number): Promise<void> {
    const room = this.openRoom();
    const member = room?.member(userId);
    if (!room?.isPresent(member) || seq > room.headSeq) return;
    if (room.moveCursors(member, seq, 0)) this.receiptsMoved();
  }

  async subscribeHub(userId: string, isOn: boolean): Promise<void> {
    const room = this.openRoom();
    if (!room) return;
    if (!isOn || !room.isPresent(room.member(userId))) {
      this.unfeed(userId);
      return;
    }
    this.hubFeeds.renew(userId);
    if (room.feeds.has(userId)) return;
    this.store.putFeed(userId);
    room.feeds.add(userId);
  }

  async relay(caller: Caller, frame: UpFrame): Promise<string[]> {
    // Before any frame is looked at: of two people's chat everybody knows the id, and no answer may say that there is one.
    if (!this.requireRoom().member(caller.user_id)) throw new Fault("not_found");
    const pieces: string[] = [];
    const push = (piece: string) => {
      pieces.push(piece);
    };
    const lane = `${caller.session_id} relay`;
    const origin = { userId: caller.user_id, lane, answer: push, acknowledge: push, applied: () => undefined };
    serve(this.desk, origin, frame);
    // What this frame started is committed, and its answer in `pieces`, when an empty command behind it is.
    if (isCommitted(frame)) {
      await this.lanes.settled(lane);
      await this.commits.ask(() => ({ value: undefined }));
    }
    return pieces;
  }

  async setBlock(block: BlockState): Promise<void> {
    if (this.openRoom()) await this.change((room) => setBlock(room, block, this.now()));
  }

  async setSigns(userId: string, signs: HiddenSigns): Promise<void> {
    if (!this.openRoom()) return;
    await this.change((room) => setSigns(room, userId, signs));
    const { person } = signs;
    if (person?.user_id === userId) await this.change((room) => rename(room, person, this.now()));
  }

  async closeSockets(userId: string, sessionId?: string): Promise<void> {
    this.sessions.close(userId, sessionId);
  }
}
