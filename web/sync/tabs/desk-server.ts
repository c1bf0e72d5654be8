import type { Reminder } from "../../../src/protocol/chat.ts";
import type { PeopleReason } from "../../../src/protocol/down.ts";
import type { Presence } from "../../../src/protocol/user.ts";
import type { ConnectionState, Inbox, Refusal, TimelineMessage } from "../client.ts";
import type { Desk, DeskScreen, DeskSink, PresenceSubject } from "../desk.ts";
import type { ScreenPatch, TabChannel, TabMessage } from "./channel.ts";
import { patchOf } from "./list-patch.ts";

/** A tab that looks through this one. */
interface Follower {
  inbox: Inbox | undefined;
  /** View id to the screen as it was last sent. */
  screens: Map<string, DeskScreen | undefined>;
  subjects: readonly PresenceSubject[];
  isActive: boolean;
  forgetDeath: () => void;
}

/**
 * The leader's side: the same desk, for this tab's screens and for those of the other tabs. It is the engine's sink;
 * this tab's part goes to `own`, everything else into the channel, as differences.
 */
export class DeskServer implements DeskSink {
  readonly #tab: string;
  readonly #channel: TabChannel;
  readonly #own: DeskSink;
  /** Calls back when that tab is gone; the answer ends the watch. */
  readonly #onDeath: (tab: string, run: () => void) => () => void;
  readonly #followers = new Map<string, Follower>();
  readonly #owners = new Map<string, string>();
  #desk: Desk | undefined;
  #forget: (() => void) | undefined;
  #inbox: Inbox | undefined;
  #connection: ConnectionState | undefined;
  #reminders: readonly Reminder[] | undefined;
  #ownSubjects: readonly PresenceSubject[] = [];
  #isOwnActive = true;

  constructor(
    ports: { tab: string; channel: TabChannel; onDeath(tab: string, run: () => void): () => void },
    own: DeskSink,
  ) {
    this.#tab = ports.tab;
    this.#channel = ports.channel;
    this.#onDeath = (tab, run) => ports.onDeath(tab, run);
    this.#own = own;
  }

  /** Listens before the engine has read its store: a message written in between is heard, or read, or both. */
  serve(desk: Desk): void {
    this.#desk = desk;
    this.#forget = this.#channel.listen((message) => this.#heard(message));
    this.#channel.post({ kind: "leading", from: this.#tab });
  }

  stop(): void {
    this.#forget?.();
    for (const follower of this.#followers.values()) follower.forgetDeath();
    this.#followers.clear();
  }

  /** This tab's own part of what all tabs ask together. */
  watchPresence(subjects: readonly PresenceSubject[]): void {
    this.#ownSubjects = subjects;
    this.#watchAll();
  }

  setActive(isActive: boolean): void {
    this.#isOwnActive = isActive;
    this.#activeAll();
  }

  connection(state: ConnectionState): void {
    if (state === this.#connection) return;
    this.#connection = state;
    this.#own.connection(state);
    this.#tell({ kind: "connection", from: this.#tab, state });
  }

  inbox(inbox: Inbox): void {
    if (inbox === this.#inbox) return;
    this.#inbox = inbox;
    this.#own.inbox(inbox);
    for (const tab of this.#followers.keys()) this.#sendInbox(tab);
  }

  screen(viewId: string, screen: DeskScreen): void {
    const tab = this.#owners.get(viewId);
    if (tab === undefined) {
      this.#own.screen(viewId, screen);
      return;
    }
    const follower = this.#followers.get(tab);
    if (!follower) return;
    const patch = patchScreen(follower.screens.get(viewId), screen);
    follower.screens.set(viewId, screen);
    if (patch) this.#channel.post({ kind: "screen", to: tab, view_id: viewId, patch });
  }

  reminders(reminders: readonly Reminder[]): void {
    if (reminders === this.#reminders) return;
    this.#reminders = reminders;
    this.#own.reminders(reminders);
    this.#tell({ kind: "reminders", from: this.#tab, reminders });
  }

  presence(presence: Presence): void {
    this.#own.presence(presence);
    this.#tell({ kind: "presence", from: this.#tab, presence });
  }

  people(reason: PeopleReason): void {
    this.#own.people(reason);
    this.#tell({ kind: "people", from: this.#tab, reason });
  }

  arrival(message: TimelineMessage, chatId: string): void {
    this.#own.arrival(message, chatId);
    this.#tell({ kind: "arrival", from: this.#tab, message, chat_id: chatId });
  }

  drafted(chatId: string, text: string, editedAt: number): void {
    this.#own.drafted(chatId, text, editedAt);
    this.#tell({ kind: "drafted", from: this.#tab, chat_id: chatId, text, edited_at: editedAt });
  }

  refused(refusal: Refusal): void {
    this.#own.refused(refusal);
    this.#tell({ kind: "refused", from: this.#tab, refusal });
  }

  revoked(): void {
    this.#own.revoked();
  }

  #tell(message: TabMessage): void {
    if (this.#followers.size > 0) this.#channel.post(message);
  }

  #heard(message: TabMessage): void {
    const desk = this.#desk;
    if (!desk || !("from" in message)) return;
    const { from } = message;
    // What is asked may take its time; that somebody is here to do it is said at once.
    if (message.kind !== "leading") this.#channel.post({ kind: "alive", to: from });
    switch (message.kind) {
      case "hello":
        this.#greet(from);
        break;
      case "open":
        this.#follower(from).screens.set(message.view_id, undefined);
        if (this.#owners.has(message.view_id)) desk.closeView(message.view_id);
        this.#owners.set(message.view_id, from);
        desk.openView(message.view_id, message.chat_id, message.place, message.thread_root_seq, message.line_seq);
        break;
      case "close":
        this.#followers.get(from)?.screens.delete(message.view_id);
        this.#owners.delete(message.view_id);
        desk.closeView(message.view_id);
        break;
      case "ask":
        void desk.ask(message.view_id, message.request).then((text) => {
          this.#channel.post({
            kind: "answer",
            to: from,
            ask_id: message.ask_id,
            ...(text === undefined ? {} : { text }),
          });
        });
        break;
      case "written":
        desk.written(message.row);
        break;
      case "drafted":
        desk.drafted(message.chat_id, message.text, message.edited_at);
        break;
      case "watch":
        this.#follower(from).subjects = message.subjects;
        this.#watchAll();
        break;
      case "active":
        this.#follower(from).isActive = message.is_active;
        this.#activeAll();
        break;
      case "reconnect":
        desk.reconnect();
        break;
      default:
        break;
    }
  }

  /** Whoever says hello knows nothing, whatever was sent before. */
  #greet(tab: string): void {
    const follower = this.#follower(tab);
    follower.inbox = undefined;
    for (const viewId of follower.screens.keys()) follower.screens.set(viewId, undefined);
    if (this.#connection) this.#channel.post({ kind: "connection", from: this.#tab, state: this.#connection });
    if (this.#reminders) this.#channel.post({ kind: "reminders", from: this.#tab, reminders: this.#reminders });
    this.#sendInbox(tab);
  }

  #follower(tab: string): Follower {
    let follower = this.#followers.get(tab);
    if (!follower) {
      follower = {
        inbox: undefined,
        screens: new Map(),
        subjects: [],
        isActive: false,
        forgetDeath: this.#onDeath(tab, () => this.#bury(tab)),
      };
      this.#followers.set(tab, follower);
    }
    return follower;
  }

  #bury(tab: string): void {
    const follower = this.#followers.get(tab);
    if (!follower) return;
    this.#followers.delete(tab);
    for (const viewId of follower.screens.keys()) {
      this.#owners.delete(viewId);
      this.#desk?.closeView(viewId);
    }
    this.#desk?.reread();
    this.#watchAll();
    this.#activeAll();
  }

  #sendInbox(tab: string): void {
    const follower = this.#followers.get(tab);
    const inbox = this.#inbox;
    if (!follower || !inbox) return;
    const lines = patchOf(follower.inbox?.lines ?? [], inbox.lines, (line) => line.chat_id);
    follower.inbox = inbox;
    this.#channel.post({ kind: "inbox", to: tab, patch: { status: inbox.status, unread: inbox.unread, lines } });
  }

  #watchAll(): void {
    const all = new Map(this.#ownSubjects.map((subject) => [subject.user_id, subject]));
    for (const { subjects } of this.#followers.values()) for (const one of subjects) all.set(one.user_id, one);
    this.#desk?.watchPresence([...all.values()]);
  }

  /** A person is there while any of their tabs is used. */
  #activeAll(): void {
    this.#desk?.setActive(this.#isOwnActive || [...this.#followers.values()].some((follower) => follower.isActive));
  }
}

function patchScreen(before: DeskScreen | undefined, after: DeskScreen): ScreenPatch | undefined {
  const { messages, ...rest } = after;
  const old = new Map<string, unknown>(Object.entries(before ?? {}));
  const changed = Object.entries(rest).filter(([name, value]) => !old.has(name) || !isAlike(old.get(name), value));
  const gone = [...old.keys()].filter((name) => name !== "messages" && !(name in rest));
  const isListSame = before !== undefined && before.messages === messages;
  if (changed.length === 0 && gone.length === 0 && isListSame) return undefined;
  return {
    fields: Object.fromEntries(changed),
    gone,
    messages: isListSame ? undefined : patchOf(before?.messages ?? [], messages, (message) => message.key),
  };
}

/** The same object, or two empty lists: nobody writes. */
const isAlike = (a: unknown, b: unknown): boolean =>
  Object.is(a, b) || (Array.isArray(a) && Array.isArray(b) && a.length === 0 && b.length === 0);
