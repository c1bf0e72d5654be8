import type { Reminder } from "../../src/protocol/chat.ts";
import { MemoryStore } from "../../web/store/memory-store.ts";
import { Cell } from "../../web/sync/cell.ts";
import type { ConnectionState, Inbox, Refusal, TimelineMessage } from "../../web/sync/client.ts";
import { Seat } from "../../web/sync/seat.ts";
import type { TabChannel, TabMessage } from "../../web/sync/tabs/channel.ts";
import type { TabLocks } from "../../web/sync/tabs/leadership.ts";
import { ScriptedRemote } from "./device.ts";
import { ManualClock, settle } from "./manual-clock.ts";
import { CHAT, caughtUp, connected, entry, inboxSnapshot, ME, type messages, snapshot } from "./sample-chat.ts";
import { ScriptedNetwork } from "./scripted-network.ts";

interface Waiting {
  tab: string;
  options: { steal?: boolean; ifAvailable?: boolean; signal?: AbortSignal };
  held: (lock: unknown) => Promise<unknown>;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

/** The Web Locks of one browser: a queue for each name, given up by tabs that end or crash. */
class BrowserLocks {
  readonly #held = new Map<string, Waiting>();
  readonly #queues = new Map<string, Waiting[]>();

  of(tab: string): TabLocks {
    return {
      request: (name, options, held) =>
        new Promise((resolve, reject) => {
          const mine: Waiting = { tab, options, held, resolve, reject };
          const holder = this.#held.get(name);
          if (options.steal) {
            holder?.reject(new DOMException("stolen", "AbortError"));
            this.#grant(name, mine);
          } else if (!holder) this.#grant(name, mine);
          else if (options.ifAvailable) void held(null).then(resolve, reject);
          else {
            this.#queues.set(name, [...(this.#queues.get(name) ?? []), mine]);
            options.signal?.addEventListener("abort", () => {
              this.#queues.set(
                name,
                (this.#queues.get(name) ?? []).filter((one) => one !== mine),
              );
              reject(new DOMException("aborted", "AbortError"));
            });
          }
        }),
    };
  }

  /** Whatever a crashed tab held or waited for. */
  crash(tab: string): void {
    for (const [name, queue] of this.#queues)
      this.#queues.set(
        name,
        queue.filter((one) => one.tab !== tab),
      );
    for (const [name, holder] of [...this.#held]) if (holder.tab === tab) this.#release(name, holder);
  }

  #grant(name: string, mine: Waiting): void {
    this.#held.set(name, mine);
    // Never in the turn of the request.
    const held = Promise.resolve().then(() => mine.held({ name }));
    void held.then(
      (value) => {
        mine.resolve(value);
        this.#release(name, mine);
      },
      (error: unknown) => {
        mine.reject(error);
        this.#release(name, mine);
      },
    );
  }

  #release(name: string, mine: Waiting): void {
    if (this.#held.get(name) !== mine) return;
    this.#held.delete(name);
    const [next, ...rest] = this.#queues.get(name) ?? [];
    this.#queues.set(name, rest);
    if (next) this.#grant(name, next);
  }
}

/** A browser with tabs of one person: one store, one set of locks, one channel; a network and a screen for each tab. */
export class TabWorld {
  readonly clock = new ManualClock();
  readonly store = new MemoryStore();
  readonly tabs: Tab[] = [];
  readonly #locks = new BrowserLocks();
  readonly #ears = new Map<Tab, Set<(message: TabMessage) => void>>();
  /** Messages between tabs, counted. */
  posted: TabMessage[] = [];
  /** What a server has. */
  log: ReturnType<typeof messages> = [];

  async open(): Promise<Tab> {
    const tab = new Tab(this, `tab${this.tabs.length}`);
    this.tabs.push(tab);
    tab.seat.start(true);
    await settle();
    return tab;
  }

  locksOf(name: string): TabLocks {
    return this.#locks.of(name);
  }

  channelOf(tab: () => Tab): TabChannel {
    return {
      post: (message) => {
        const from = tab();
        // As a browser does: a copy, later, to every other tab.
        const copy = structuredClone(message);
        const tell = (other: Tab) => {
          for (const listener of [...(this.#ears.get(other) ?? [])]) listener(structuredClone(copy));
        };
        const tellAll = () => {
          this.posted.push(copy);
          queueMicrotask(() => {
            for (const other of [...this.#ears.keys()]) {
              if (other === from) continue;
              if (other.isFrozen) other.missed.push(() => tell(other));
              else tell(other);
            }
          });
        };
        if (from.isFrozen) from.missed.push(tellAll);
        else tellAll();
      },
      listen: (listener) => {
        const ears = this.#ears.get(tab()) ?? new Set();
        this.#ears.set(tab(), ears);
        ears.add(listener);
        return () => ears.delete(listener);
      },
      close: () => this.#ears.delete(tab()),
    };
  }

  /** The tab is gone without a word. */
  async crash(tab: Tab): Promise<void> {
    tab.isFrozen = true;
    tab.missed = [];
    this.#ears.delete(tab);
    tab.network.greet = () => undefined;
    this.#locks.crash(tab.name);
    await settle();
  }
}

export class Tab {
  readonly name: string;
  readonly network = new ScriptedNetwork();
  readonly remote = new ScriptedRemote();
  readonly connection = new Cell<ConnectionState>({ status: "connecting", unsent: 0, failed: 0 });
  readonly inbox = new Cell<Inbox>({ status: "loading", lines: [], unread: 0 });
  readonly reminders = new Cell<readonly Reminder[]>([]);
  readonly arrivals: TimelineMessage[] = [];
  readonly peopleReasons: string[] = [];
  readonly refusals: Refusal[] = [];
  readonly errors: unknown[] = [];
  readonly seat: Seat;
  isVisible = true;
  /** Put to sleep by the browser: hears and says nothing until it wakes, if it does. */
  isFrozen = false;
  missed: (() => void)[] = [];

  constructor(world: TabWorld, name: string) {
    this.name = name;
    this.network.greet = (socket) => {
      socket.open();
      if (socket.target.kind === "hub") {
        socket.say(connected(), inboxSnapshot([entry(CHAT, 1)], 1));
        return;
      }
      const { cursor } = socket.target;
      const head = world.log.at(-1)?.rev ?? 1;
      const rows = cursor ? world.log.filter((m) => m.rev > cursor.rev) : world.log;
      socket.say(connected(CHAT), cursor ? caughtUp(cursor.rev, head, rows) : snapshot(rows, head));
    };
    this.seat = new Seat(
      {
        me: ME,
        ports: {
          clock: world.clock,
          random: () => 0.5,
          transport: this.network,
          remote: this.remote,
          store: world.store,
          schedule: (run) => queueMicrotask(run),
          report: (error) => this.errors.push(error),
        },
        locks: world.locksOf(name),
        channel: world.channelOf(() => this),
        isVisible: () => this.isVisible,
        revoked: () => this.errors.push("revoked"),
        questions: {
          edits: async () => [],
          pins: async () => [],
          votes: async () => ({ poll: { voter_count: 0, options: [] }, own_option_ids: [] }),
          threads: async () => [],
        },
      },
      {
        connection: this.connection,
        inbox: this.inbox,
        reminders: this.reminders,
        people: (reason) => this.peopleReasons.push(reason),
        arrived: (message) => this.arrivals.push(message),
        refused: (refusal) => this.refusals.push(refusal),
      },
    );
  }

  wake(): void {
    this.isFrozen = false;
    for (const run of this.missed.splice(0)) run();
  }

  get isLeading(): boolean {
    return this.network.dialled.some((socket) => socket.target.kind === "hub" && !socket.isClosed);
  }
}
