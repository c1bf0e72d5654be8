import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { type ChatState, fromSnapshot } from "../../src/domain/delta.ts";
import { asFault } from "../../src/domain/fault.ts";
import { decodeDown } from "../../src/protocol/codec.ts";
import type { DownOf } from "../../src/protocol/down.ts";
import { FRAMES_PER_ARRAY } from "../../src/protocol/limits.ts";
import type { Message } from "../../src/protocol/message.ts";
import { fromStored } from "../../web/sync/engine/stored.ts";
import { rootOf } from "../../web/sync/engine/timeline-message.ts";
import { attach, chatStub, connect, draft, makeDirect, makeGroup, person, type TestPerson } from "../chat/room.ts";
import { SeededRandom } from "../proofs/seeded-random.ts";
import { Deeds } from "./deeds.ts";
import { FuzzClient, microtasks } from "./fuzz-client.ts";
import type { HeldTimers } from "./held-timers.ts";
import { Quarrels } from "./quarrels.ts";
import { Rulings } from "./rulings.ts";
import type { ServerClock } from "./server-clock.ts";

/** The same in all worlds: only the chat is new, and hubs are dear. */
const PEOPLE = ["Ada", "Bela", "Cleo", "Dora"].map(person);

/** Rounds of a network that loses nothing, after which everybody must agree. */
const CALM_ROUNDS = 150;

/** One run: a chat, its members' devices, and everything that can happen between them. */
export class World {
  readonly trace: string[] = [];
  readonly #seed: number;
  readonly #random: SeededRandom;
  /** Numbers of its own, so that the named seeds go on meaning what they meant. */
  readonly #overtaking: SeededRandom;
  /** The same, for commands. */
  readonly #changing: SeededRandom;
  readonly #hasCommands: boolean;
  readonly #deeds: Deeds | undefined;
  readonly #doing: SeededRandom;
  readonly #hasRulings: boolean;
  #rulings: Rulings | undefined;
  readonly #isPair: boolean;
  #quarrels: Quarrels | undefined;
  /** What is looked for when everybody agrees. */
  readonly #looking: SeededRandom;
  readonly #clock: ServerClock;
  readonly #timers: HeldTimers;
  readonly #people: TestPerson[];
  #clients: FuzzClient[] = [];
  #chatId = "";
  #barriers = 0;
  #written = 0;

  /**
   * `hasCommands`: messages are edited, reacted to and pinned as well; `hasDeeds`: and everything in {@link Deeds};
   * `hasRulings`: and in {@link Rulings}. `isPair`: the chat is that of two people, who quarrel and make it up.
   */
  constructor(
    seed: number,
    timers: HeldTimers,
    clock: ServerClock,
    {
      hasCommands,
      hasDeeds,
      hasRulings,
      isPair,
    }: Record<"hasCommands" | "hasDeeds" | "hasRulings" | "isPair", boolean>,
  ) {
    this.#isPair = isPair;
    this.#looking = new SeededRandom(seed + 0xf1d);
    this.#hasRulings = hasRulings;
    this.#hasCommands = hasCommands;
    this.#doing = new SeededRandom(seed + 0xdeed);
    this.#deeds = hasDeeds ? new Deeds(new SeededRandom(seed + 0xfeed), clock) : undefined;
    this.#clock = clock;
    this.#seed = seed;
    this.#random = new SeededRandom(seed);
    this.#overtaking = new SeededRandom(seed + 0x5eed);
    this.#changing = new SeededRandom(seed + 0xc0de);
    this.#timers = timers;
    // The chat of two people is the same whoever makes it when: these are new.
    this.#people = isPair ? ["Ada", "Bela"].map(person) : PEOPLE;
  }

  /** `rounds` of everything going wrong, then calm, then comparison. */
  async run(rounds: number): Promise<void> {
    this.#timers.forget();
    const founders = this.#people.slice(0, 3);
    const [one, other = one] = founders;
    const { chatId } = this.#isPair && one && other ? await makeDirect(one, other) : await makeGroup(founders);
    this.#chatId = chatId;
    if (this.#isPair) this.#quarrels = new Quarrels(new SeededRandom(this.#seed + 0xb10c), chatId, founders);
    if (this.#hasRulings) this.#rulings = new Rulings(new SeededRandom(this.#seed + 0xbee), chatId, this.#people);
    if (this.#random.isTrue(0.25)) await this.#history();
    this.#clients = founders.map((one, i) => this.#client(`c${i}`, one.user_id));
    // A second device of one person, in some worlds.
    const [first] = founders;
    if (first && this.#random.isTrue(0.4)) this.#clients.push(this.#client("c0b", first.user_id));
    await microtasks();
    try {
      for (let i = 0; i < rounds; i++) await this.#round();
      await this.#calm();
      await this.#agree();
    } finally {
      for (const client of this.#clients) {
        client.engine.stop();
        for (const socket of client.network.sockets) await socket.bury();
      }
    }
  }

  /** More messages than a snapshot carries were written before anybody looked. */
  async #history(): Promise<void> {
    const [owner] = this.#people;
    const device = await connect(this.#chatId, owner?.user_id ?? "");
    const drafts = Array.from({ length: this.#random.whole(60, 90) }, (_, i) =>
      draft(`old ${i}`, this.#isPair ? 0 : 1),
    );
    for (let i = 0; i < drafts.length; i += FRAMES_PER_ARRAY) {
      device.send(drafts.slice(i, i + FRAMES_PER_ARRAY).map((one) => ({ type: "SEND_MESSAGE", ...one })));
    }
    await device.next("MESSAGE_ACK", drafts.length);
    device.close();
    this.trace.push(`${drafts.length} messages of old`);
  }

  #client(name: string, userId: string): FuzzClient {
    const client = new FuzzClient(name, userId, this.#chatId, this.#random, () => this.#clock.now);
    client.network.inbox(this.#entry(userId));
    return client;
  }

  #entry(userId: string, isRemoved = false) {
    return {
      chat_id: this.#chatId,
      chat_type: this.#isPair ? ("direct" as const) : ("group" as const),
      name: "Test",
      role: "member" as const,
      member_count: 3,
      head_seq: 0,
      read_seq: 0,
      unread: 0,
      last_at: "2026-01-01T00:00:00.000Z",
      rev: 1,
      ...(isRemoved ? { is_removed: true as const } : {}),
      user_id: userId,
    };
  }

  // Steps

  /**
   * A handful of things that happen to devices, then at most one that the object must serve, each awaited. The object
   * may lose its memory before any of them.
   */
  async #round(): Promise<void> {
    for (let n = this.#random.whole(2, 6); n > 0; n--) {
      await this.#onDevice(this.#random.pick(this.#clients));
      for (const client of this.#clients) client.check();
    }
    if (this.#hasCommands && this.#changing.isTrue(0.5)) await this.#change(this.#changing.pick(this.#clients));
    if (this.#deeds) await this.#do(this.#deeds);
    if (this.#rulings?.isDue) await this.#rule(this.#rulings);
    if (this.#quarrels?.isDue) {
      this.trace.push(await this.#quarrels.one());
      for (const client of this.#clients) client.isScheduleInDoubt = true;
    }
    if (this.#random.isTrue(0.15)) await this.#evict();
    const dialling = this.#clients.filter((client) => client.network.current?.isDialling && this.#random.isTrue(0.7));
    await Promise.all(dialling.map((client) => this.#connect(client)));
    const speaking = this.#clients.filter((client) => (client.network.current?.up.length ?? 0) > 0);
    if (speaking.length > 0) await this.#up(this.#random.pick(speaking), true);
    const dice = this.#random.next();
    if (dice < 0.12) await this.#runTimers();
    else if (dice < 0.24) await this.#govern();
    else if (dice < 0.34) await this.#delete(this.#random.pick(this.#clients));
    await this.#barrier();
    for (const client of this.#clients) client.check();
  }

  async #onDevice(client: FuzzClient): Promise<void> {
    const dice = this.#random.next();
    if (dice < 0.2) await this.#compose(client);
    else if (dice < 0.7) await this.#down(client, true);
    else if (dice < 0.76) this.#cut(client);
    else if (dice < 0.86) await this.#pass(client, this.#random.whole(100, 12_000));
    else if (dice < 0.9) await this.#restart(client);
    else if (dice < 0.93) await this.#read(client);
    else if (dice < 0.95) await this.#pagesArrive(client);
    else await this.#page(client);
  }

  async #compose(client: FuzzClient): Promise<void> {
    if (!client.isMember) return;
    this.trace.push(`${client.name} writes`);
    await client.compose(`text ${++this.#written}`);
  }

  /** Lets one frame, or all, through to the object; it may be lost, doubled or overtake others. */
  async #up(client: FuzzClient, isLossy: boolean): Promise<void> {
    const socket = client.network.current;
    if (!socket || socket.up.length === 0) return;
    for (let n = isLossy ? this.#random.whole(1, 3) : socket.up.length; n > 0 && socket.up.length > 0; n--) {
      const index = isLossy && this.#random.isTrue(0.15) ? this.#random.whole(0, socket.up.length - 1) : 0;
      const [frame] = socket.up.splice(index, 1);
      if (!frame) break;
      const fate = isLossy ? this.#random.next() : 1;
      this.trace.push(`${client.name} ↑ ${frame.type}${fate < 0.12 ? " lost" : fate < 0.24 ? " twice" : ""}`);
      if (fate < 0.12) continue;
      socket.pass(frame);
      if (fate < 0.24) socket.pass(frame);
    }
    await socket.committed();
  }

  async #down(client: FuzzClient, isLossy: boolean): Promise<void> {
    const socket = client.network.current;
    if (!socket) return;
    for (let n = isLossy ? this.#random.whole(1, 4) : socket.down.length; n > 0 && socket.down.length > 0; n--) {
      const index = isLossy && this.#random.isTrue(0.15) ? this.#random.whole(0, socket.down.length - 1) : 0;
      const [arriving] = socket.down.splice(index, 1);
      if (!arriving) break;
      const isFrame = "frame" in arriving;
      const fate = isLossy && isFrame ? this.#random.next() : 1;
      const what = isFrame ? arriving.frame.type : `closed ${arriving.closed}`;
      this.trace.push(`${client.name} ↓ ${what}${fate < 0.12 ? " lost" : fate < 0.24 ? " twice" : ""}`);
      if (fate < 0.12) continue;
      socket.deliver(arriving);
      if (fate < 0.24) socket.down.splice(this.#random.whole(0, socket.down.length), 0, arriving);
      await microtasks();
    }
    await client.settle();
  }

  async #connect(client: FuzzClient): Promise<void> {
    const socket = client.network.current;
    if (!socket?.isDialling) return;
    this.trace.push(`${client.name} connects`);
    await socket.connect(chatStub(this.#chatId), client.user_id, client.session_id);
    await client.settle();
  }

  #cut(client: FuzzClient): void {
    const socket = client.network.current;
    if (!socket) return;
    const isSilent = this.#random.isTrue(0.3);
    this.trace.push(`${client.name} is cut${isSilent ? ", unnoticed" : ""}`);
    socket.fail(1006, isSilent);
  }

  /** The object loses its memory between any two steps. */
  async #evict(): Promise<void> {
    const isHard = this.#random.isTrue(0.3);
    this.trace.push(`evicted${isHard ? " with its sockets" : ""}`);
    this.#timers.forget();
    try {
      await evictDurableObject(chatStub(this.#chatId), isHard ? { webSockets: "close" } : {});
    } catch (error) {
      if (!String(error).includes("not currently running") && !String(error).includes("not running")) throw error;
    }
    if (isHard) await new Promise((resolve) => setTimeout(resolve, 0));
  }

  async #pass(client: FuzzClient, ms: number): Promise<void> {
    this.trace.push(`${client.name} +${ms} ms`);
    await client.clock.advance(ms);
    await client.settle();
  }

  async #restart(client: FuzzClient): Promise<void> {
    this.trace.push(`${client.name} restarts`);
    client.restart();
    await client.settle();
  }

  async #runTimers(): Promise<void> {
    const due = this.#timers.take();
    if (due.length === 0) return;
    this.trace.push("the object's timers run");
    await runInDurableObject(chatStub(this.#chatId), async () => {
      for (const run of due) run();
    });
  }

  async #read(client: FuzzClient): Promise<void> {
    const head = client.session?.headSeq ?? 0;
    if (head === 0) return;
    this.trace.push(`${client.name} reads`);
    client.ask({ verb: "mark_read", seq: this.#random.whole(1, head) });
    await client.settle();
  }

  async #delete(client: FuzzClient): Promise<void> {
    const own = [...(client.session?.log.state?.messages.values() ?? [])].filter(
      (m) => m.sender_id === client.user_id && m.message_type === "text" && !m.deleted_at,
    );
    if (own.length === 0) return;
    const { seq } = this.#random.pick(own);
    this.trace.push(`${client.name} deletes ${seq}`);
    await client.deleteOwn(seq);
  }

  async #do(deeds: Deeds): Promise<void> {
    for (let n = this.#doing.whole(0, 3); n > 0; n--) {
      const client = this.#doing.pick(this.#clients);
      const what = await deeds.one(client);
      if (what !== undefined) this.trace.push(`${client.name} ${what}`);
      client.check();
    }
    if (this.#doing.isTrue(0.2)) this.trace.push(`the server's clock +${deeds.passes()} ms`);
    if (this.#doing.isTrue(0.15) && !this.#isPair) await this.#judge();
  }

  /** The owner keeps somebody out, or lets them come back by themselves; or lets new messages disappear. */
  async #judge(): Promise<void> {
    const [owner, ...others] = this.#people;
    const by = owner?.user_id ?? "";
    const stub = chatStub(this.#chatId);
    const someone = this.#doing.pick(others);
    const clients = this.#clients.filter((client) => client.user_id === someone.user_id);
    const deed = this.#doing.pick(["ban", "forgive", "forgive", "timer"] as const);
    this.trace.push(`the owner: ${deed} ${someone.display_name}`);
    if (deed === "timer") {
      const disappear_after_s = this.#doing.isTrue(0.5) ? 60 : null;
      await stub.update(by, { settings: { disappear_after_s, is_public: true } });
    } else if (deed === "ban") {
      await stub.ban(by, { person: someone, reason: "too loud" });
      for (const client of clients) {
        client.isMember = false;
        client.isScheduleInDoubt = true;
        if (this.#doing.isTrue(0.5)) client.network.inbox(this.#entry(client.user_id, true));
      }
    } else {
      if ((await stub.isMember(someone.user_id)) as boolean) return;
      await stub.update(by, { settings: { is_public: true, needs_approval: false } });
      await this.#forgive(someone.user_id);
      await stub.join(someone);
      for (const client of clients) {
        client.isMember = true;
        client.network.inbox(this.#entry(client.user_id));
      }
      if (clients.length === 0) this.#clients.push(this.#client(`c${this.#clients.length}`, someone.user_id));
    }
    for (const client of clients) await client.settle();
  }

  async #rule(rulings: Rulings): Promise<void> {
    const ruled = await rulings.one((userId) => this.#forgive(userId));
    if (!ruled) return;
    this.trace.push(ruled.what);
    if (ruled.isSendingInDoubt) for (const client of this.#clients) client.isScheduleInDoubt = true;
    if (ruled.joined) await this.#letIn(ruled.joined.user_id);
  }

  async #letIn(userId: string): Promise<void> {
    const clients = this.#clients.filter((client) => client.user_id === userId);
    for (const client of clients) {
      client.isMember = true;
      client.network.inbox(this.#entry(userId));
      await client.settle();
    }
    if (clients.length === 0) this.#clients.push(this.#client(`c${this.#clients.length}`, userId));
  }

  /** Whoever was kept out, or was not, is not any more. */
  async #forgive(userId: string): Promise<void> {
    const lifted = chatStub(this.#chatId).unban(this.#people[0]?.user_id ?? "", userId) as Promise<unknown>;
    await lifted.catch((error: unknown) => {
      if (asFault(error)?.code !== "not_found") throw error;
    });
  }

  /** Somebody edits, reacts or pins, whether they may or not. */
  async #change(client: FuzzClient): Promise<void> {
    const texts = (client.screen?.messages ?? []).filter((m) => m.kind === "text" && m.seq !== undefined);
    if (!client.isMember || texts.length === 0) return;
    const { seq = 0, rev = 0, is_own } = this.#changing.pick(texts);
    const deed = this.#changing.pick(is_own ? (["edit", "react", "pin"] as const) : (["react", "pin"] as const));
    this.trace.push(`${client.name}: ${deed} ${seq}`);
    if (deed === "edit") {
      const text = `edited ${++this.#written}`;
      await client.command({ type: "EDIT_MESSAGE", message_rev: rev }, seq, text);
    } else if (deed === "react") {
      const emoji = this.#changing.pick(["👍", "🎉"] as const);
      await client.command({ type: "SET_REACTION", emoji, is_set: this.#changing.isTrue(0.6) }, seq);
    } else await client.command({ type: "SET_PIN", is_pinned: this.#changing.isTrue(0.6) }, seq);
  }

  async #page(client: FuzzClient): Promise<void> {
    const head = client.session?.headSeq ?? 0;
    const verb = this.#random.pick(["older", "newer", "jump", "reopen"] as const);
    this.trace.push(`${client.name} looks: ${verb}`);
    if (verb === "older") client.ask({ verb: "load_older" });
    else if (verb === "newer") client.ask({ verb: "load_newer" });
    else if (verb === "jump" && head > 0) client.ask({ verb: "jump_to", place: this.#random.whole(1, head) });
    else client.reopen();
    await client.settle();
    if (client.isAwaitingPage && this.#overtaking.isTrue(0.6)) await this.#overtake(client);
  }

  /** A message is deleted, and the client hears of it, while a page with its text is still on the way. */
  async #overtake(client: FuzzClient): Promise<void> {
    const [owner] = this.#people;
    const low = client.screen?.messages[0]?.seq ?? 1;
    const seq = this.#overtaking.whole(Math.max(1, low - 10), Math.max(1, low - 1));
    this.trace.push(`${seq} is deleted meanwhile`);
    await (chatStub(this.#chatId).deleteMessage(owner?.user_id ?? "", seq) as Promise<unknown>).catch(() => undefined);
    await this.#barrier();
    await this.#down(client, false);
  }

  async #pagesArrive(client: FuzzClient): Promise<void> {
    this.trace.push(`${client.name}: pages arrive`);
    await client.pagesArrive();
  }

  /** The owner changes people or the chat. */
  async #govern(): Promise<void> {
    const [owner, ...others] = this.#people;
    if (!owner || this.#isPair) return;
    const stub = chatStub(this.#chatId);
    const someone = this.#random.pick(others);
    const deed = this.#random.pick(["add", "remove", "role", "name", "delete"] as const);
    this.trace.push(`the owner: ${deed} ${someone.display_name}`);
    const clients = this.#clients.filter((client) => client.user_id === someone.user_id);
    const isIn = (await stub.isMember(someone.user_id)) as boolean;
    if (deed === "name") await stub.update(owner.user_id, { name: `Name ${this.#random.whole(1, 1_000)}` });
    else if (deed === "delete") {
      const { messages } = await stub.history(owner.user_id, { limit: 100 });
      const texts = messages.filter((m) => m.message_type === "text");
      if (texts.length > 0) await stub.deleteMessage(owner.user_id, this.#random.pick(texts).seq);
    } else if (deed === "role" && isIn) {
      await stub.setRole(owner.user_id, someone.user_id, this.#random.pick(["admin", "moderator", "member"] as const));
    } else if (deed === "remove" && isIn) {
      await stub.removeMember(owner.user_id, someone.user_id);
      for (const client of clients) {
        client.isMember = false;
        client.isScheduleInDoubt = true;
        if (this.#random.isTrue(0.5)) client.network.inbox(this.#entry(client.user_id, true));
      }
    } else if (deed === "add" && !isIn) {
      if (this.#deeds) await this.#forgive(someone.user_id);
      await stub.addMembers(owner.user_id, [someone]);
      for (const client of clients) {
        client.isMember = true;
        client.network.inbox(this.#entry(client.user_id));
      }
      if (clients.length === 0) this.#clients.push(this.#client(`c${this.#clients.length}`, someone.user_id));
    }
    for (const client of clients) await client.settle();
  }

  /** Everything that the object was given is served, and everything it said is in the queues. */
  async #barrier(): Promise<void> {
    const name = `${this.#seed}-${++this.#barriers}`;
    await Promise.all(this.#clients.flatMap((client) => client.network.live).map((socket) => socket.barrier(name)));
    await microtasks();
  }

  // The end

  /** The network is well again; one more message shows every gap that is left. */
  async #calm(): Promise<void> {
    this.trace.push("calm");
    const [owner] = this.#people;
    for (const client of this.#clients) {
      client.isLossy = false;
      await client.pagesArrive();
    }
    await this.#rulings?.lift();
    await this.#quarrels?.end();
    await chatStub(this.#chatId).send(owner?.user_id ?? "", draft("the last"));
    await this.#untilQuiet();
    if (!this.#deeds) return;
    // Everything that has a time has it now; what is sent at its time may have one of its own.
    for (let days = 0; days < 2; days++) {
      this.#clock.advance(86_400_000);
      await (chatStub(this.#chatId).members(owner?.user_id ?? "", 1) as Promise<unknown>);
      await this.#untilQuiet();
    }
  }

  async #untilQuiet(): Promise<void> {
    await this.#barrier();
    for (let round = 0; round < CALM_ROUNDS; round++) {
      const before = this.trace.length;
      await Promise.all(this.#clients.map((client) => this.#connect(client)));
      await Promise.all(this.#clients.map((client) => this.#up(client, false)));
      await this.#runTimers();
      if (this.trace.length > before) await this.#barrier();
      for (const client of this.#clients) {
        await this.#down(client, false);
        this.#retryFailed(client);
        await client.settle();
      }
      if (this.#isQuiet()) return;
      for (const client of this.#clients) await client.clock.advance(1_000);
    }
  }

  #retryFailed(client: FuzzClient): void {
    if (!client.isMember) return;
    // Before it is tried again: who names it has let others pass, too.
    client.check();
    for (const row of client.session?.lane.rows ?? []) {
      if (row.phase !== "failed" || row.error === "removed") continue;
      client.everFailed.add(row.client_msg_id);
      // An answer in a thread whose first message is gone will never be taken.
      if (row.error !== "not_found") client.ask({ verb: "retry", client_msg_id: row.client_msg_id });
    }
  }

  #isQuiet(): boolean {
    for (const client of this.#clients) {
      if (!client.isMember) {
        if (client.session && !client.session.isGone) return false;
        continue;
      }
      const socket = client.network.current;
      if (!socket || socket.isDialling || socket.up.length > 0 || socket.down.length > 0) return false;
      if (!client.session?.isCaughtUp || client.session.isOwing) return false;
    }
    return true;
  }

  /** Every device has what a fresh one is told. */
  async #agree(): Promise<void> {
    for (const client of this.#clients) {
      client.check();
      if (!client.isMember) {
        expectSame(
          `${client.name} keeps a chat it was removed from`,
          await client.store.loadChat(this.#chatId, 1),
          undefined,
        );
        continue;
      }
      const fresh = await this.#fresh(client.user_id);
      const mine = client.session?.log.state;
      if (!mine) throw new Error(`${client.name} has no log (${client.session ? "session" : "no session"})`);
      expectSame(`${client.name} in memory`, comparable(mine, mine), comparable(fresh, mine));
      const stored = await client.store.loadChat(this.#chatId, 1_000);
      if (!stored) throw new Error(`${client.name} has nothing stored`);
      const kept = fromStored(stored);
      expectSame(`${client.name} in its store`, comparable(kept, kept), comparable(fresh, kept));
      await this.#onScreen(client, fresh);
      await this.#inThread(client, fresh);
      await this.#arrived(client, fresh);
      await this.#found(client, fresh);
    }
  }

  /** Whoever looks for a text finds every message that says it and that they may see, and nothing else. */
  async #found({ name, user_id }: FuzzClient, fresh: ChatState): Promise<void> {
    const said = [...fresh.messages.values()].flatMap((m) => (textOf(m) === undefined ? [] : [m]));
    const other = this.#looking.pick(this.#people).user_id;
    const stub = chatStub(this.#chatId);
    const everything = ((await stub.isMember(other)) as boolean)
      ? await stub.history(other, { limit: 100 })
      : undefined;
    // What others see, too: it may be hidden from this one.
    const texts = new Set([...said, ...(everything?.messages ?? [])].flatMap((m) => textOf(m) ?? []));
    for (let n = Math.min(4, texts.size); n > 0; n--) {
      const text = this.#looking.pick([...texts]);
      const found: number[] = [];
      let below_seq: number | undefined;
      do {
        const ask = { q: `"${text}"`, order: "newest" as const, limit: 20, below_seq };
        const page = await stub.search(user_id, ask);
        found.push(...page.hits.map((hit) => hit.message.seq));
        below_seq = page.next?.below_seq;
      } while (below_seq !== undefined);
      const expected = said.filter((m) => holds(textOf(m) ?? "", text)).map((m) => m.seq);
      expectSame(
        `${name} looks for "${text}"`,
        found.sort((a, b) => a - b),
        expected.sort((a, b) => a - b),
      );
    }
  }

  async #onScreen(client: FuzzClient, fresh: ChatState): Promise<void> {
    client.ask({ verb: "jump_to", place: "latest" });
    await client.settle();
    const shown =
      client.screen?.messages
        .filter((m) => m.state !== "failed" && !client.isStuck(m.client_msg_id))
        .map((m) => [
          m.seq,
          m.kind,
          m.text,
          m.reactions?.map((one) => [one.emoji, one.count, [...one.user_ids]]) ?? [],
          m.is_pinned === true,
          m.poll?.options.map((option) => option.count),
          m.thread?.reply_count,
        ]) ?? [];
    const low = shown[0]?.[0] ?? 0;
    const told = [...fresh.messages.values()]
      .filter((m) => m.seq >= Number(low) && m.thread_root_message_id === undefined)
      .sort((a, b) => a.seq - b.seq)
      .map((m) => {
        const kind = m.is_hidden
          ? "hidden"
          : m.deleted_at
            ? "deleted"
            : m.message_type === "system"
              ? "notice"
              : m.message_type;
        return [
          m.seq,
          kind,
          m.content && "text" in m.content ? m.content.text : undefined,
          m.deleted_at ? [] : (m.reactions?.map((one) => [one.emoji, one.count, one.user_ids]) ?? []),
          m.deleted_at === undefined && m.pinned_at !== undefined,
          m.deleted_at === undefined && !m.is_hidden && m.message_type === "poll" ? countsOf(m) : undefined,
          m.thread?.reply_count,
        ];
      });
    expectSame(`${client.name} on screen`, shown, told);
  }

  /** A thread, opened by a device that knows the chat, is what a fresh one is told of it. */
  async #inThread(client: FuzzClient, fresh: ChatState): Promise<void> {
    if (!this.#deeds) return;
    const roots = new Set([...fresh.messages.values()].flatMap((m) => rootOf(m) ?? []));
    // Who came later has no thread of what they may not see.
    const seen = [client.root, ...roots].filter((seq) => seq !== undefined && !fresh.messages.get(seq)?.is_hidden);
    for (const root of seen.filter((seq) => seq !== undefined).slice(0, 3)) {
      if (client.root !== root) client.openThread(root);
      await client.settle();
      await microtasks();
      const told = [...fresh.messages.values()]
        .filter((m) => rootOf(m) === root)
        .sort((a, b) => a.seq - b.seq)
        .map((m) => [m.seq, m.content && "text" in m.content ? m.content.text : undefined]);
      const thread = client.thread;
      const shown = thread?.messages
        .filter((m) => m.state !== "failed" && !client.isStuck(m.client_msg_id))
        .map((m) => [m.seq, m.text]);
      expectSame(`${client.name} in the thread of ${root}`, shown, told);
      if (thread?.has_older) throw new Error(`${client.name} takes the thread of ${root} for longer than it is`);
    }
  }

  /** Each message of this device is in the log once, in the order in which it was written, or waits for its writer. */
  async #arrived(client: FuzzClient, fresh: ChatState): Promise<void> {
    const suffix = `-${this.#chatId.slice(-8)}`;
    const places = new Map<string, number[]>();
    for (const m of fresh.messages.values()) {
      if (m.client_msg_id === undefined || m.sender_id !== client.user_id) continue;
      places.set(m.client_msg_id, [...(places.get(m.client_msg_id) ?? []), m.seq]);
    }
    // What was written before its writer came back without the history cannot be seen by them any more.
    const isSeen = ![...fresh.messages.values()].some((m) => m.is_hidden);
    const waiting = new Set((await client.store.loadOutbox()).map((row) => row.client_msg_id));
    let last = 0;
    for (const id of client.composed.map((short) => short + suffix)) {
      const seqs = places.get(id) ?? [];
      if (seqs.length === 0 && (client.thrownAway.has(id) || !isSeen)) continue;
      if (waiting.has(id) && client.everFailed.has(id)) continue;
      if (seqs.length !== 1) throw new Error(`${id} is in the log ${seqs.length} times`);
      if (client.everFailed.has(id)) continue;
      const seq = seqs[0] ?? 0;
      if (seq <= last) throw new Error(`${id} overtook what was written before it`);
      last = seq;
    }
    for (const [id, fate] of client.scheduled) {
      const times = places.get(id)?.length ?? 0;
      if (times > 1) throw new Error(`${id} was to be sent once, and is in the log ${times} times`);
      const isLost = isSeen && times === 0 && fate === "waits" && !waiting.has(id) && !client.isScheduleInDoubt;
      if (isLost) throw new Error(`${id} was to be sent at a time, and was not`);
    }
  }

  /** What a device that knows nothing is told. */
  async #fresh(userId: string): Promise<ChatState> {
    const response = await attach(this.#chatId, userId);
    const socket = response.webSocket;
    if (!socket) throw new Error(`no fresh socket: ${response.status}`);
    const snapshot = await new Promise<DownOf<"SNAPSHOT">>((resolve) => {
      socket.addEventListener("message", ({ data }) => {
        for (const frame of decodeDown(String(data))) if (frame.type === "SNAPSHOT") resolve(frame);
      });
      socket.accept();
    });
    socket.close(1000, "done");
    const state = fromSnapshot(snapshot);
    const messages = new Map(state.messages);
    for (let low = Math.min(...messages.keys()); low > 1; low = Math.min(...messages.keys())) {
      const page = await chatStub(this.#chatId).history(userId, { limit: 100, before_seq: low });
      for (const { sender: _, ...message } of page.messages) messages.set(message.seq, message);
    }
    return { ...state, messages };
  }
}

/** The words of a text that its reader may see. */
const textOf = (m: Message): string | undefined =>
  m.message_type === "text" && m.content !== null && "text" in m.content ? m.content.text : undefined;

/** Does one text have the words of another, as they stand? */
const holds = (text: string, words: string): boolean => ` ${text} `.includes(` ${words} `);

const countsOf = (m: Message): number[] | undefined =>
  m.poll?.options.map((option) => option.count) ??
  (m.content && "options" in m.content ? m.content.options.map(() => 0) : undefined);

/** People, clock, and the messages from where the device's begin: as many as it has, to the head. */
function comparable(state: ChatState, mine: ChatState): object {
  const first = Math.min(...mine.messages.keys());
  return {
    epoch: state.epoch,
    rev: state.rev,
    chat: state.chat,
    messages: [...state.messages.values()].filter((m) => m.seq >= first).sort((a, b) => a.seq - b.seq),
    members: [...state.members.values()].sort((a, b) => (a.user_id < b.user_id ? -1 : 1)),
    receipts: [...state.receipts.values()].sort((a, b) => (a.user_id < b.user_id ? -1 : 1)),
  };
}

/** @throws Error that says where the first difference is */
function expectSame(what: string, actual: unknown, expected: unknown): void {
  const difference = firstDifference(actual, expected, "");
  if (difference !== undefined) throw new Error(`${what}, and a fresh device is told otherwise:${difference}`);
}

function firstDifference(a: unknown, b: unknown, path: string): string | undefined {
  if (Object.is(a, b)) return undefined;
  const isTree = (v: unknown): v is object => typeof v === "object" && v !== null;
  if (!isTree(a) || !isTree(b)) return ` ${path} has ${JSON.stringify(a)}, told ${JSON.stringify(b)}`;
  const [left, right] = [new Map<string, unknown>(Object.entries(a)), new Map<string, unknown>(Object.entries(b))];
  for (const name of new Set([...left.keys(), ...right.keys()])) {
    const difference = firstDifference(left.get(name), right.get(name), `${path}.${name}`);
    if (difference !== undefined) return difference;
  }
  return undefined;
}
