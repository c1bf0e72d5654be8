import { describe, expect, it } from "vitest";
import type { ChatHandle } from "../../web/sync/client.ts";
import { SeededRandom } from "../proofs/seeded-random.ts";
import { settle } from "./manual-clock.ts";
import { CHAT, messages } from "./sample-chat.ts";
import { TabServer } from "./tab-server.ts";
import { type Tab, TabWorld } from "./tab-world.ts";

const MOST_TABS = 4;
const SEEDS = Array.from({ length: 20 }, (_, i) => i + 1);

/** A browser whose tabs are opened, closed, crashed and put to sleep while somebody writes in all of them. */
class Turmoil {
  readonly world = new TabWorld();
  readonly server = new TabServer(this.world);
  readonly composed: string[] = [];
  draft = "";
  readonly #random: SeededRandom;
  readonly #handles = new Map<Tab, ChatHandle>();

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
    this.world.log = messages(1, 3);
  }

  get alive(): Tab[] {
    return [...this.#handles.keys()];
  }

  async step(): Promise<void> {
    const random = this.#random;
    const tab = this.alive.length === 0 ? undefined : random.pick(this.alive);
    const dice = random.next();
    if (!tab || (dice < 0.1 && this.alive.length < MOST_TABS)) await this.open();
    else if (dice < 0.5 && tab.isFrozen) await this.#sleep(tab);
    else if (dice < 0.4) {
      const text = `said ${this.composed.length}`;
      this.composed.push(text);
      const sent = this.#handles.get(tab)?.send(text);
      if (random.isTrue(0.8)) await sent;
      // In this very turn: written, and nobody told.
      else if (random.isTrue(0.5)) await this.#end(tab, true);
    } else if (dice < 0.5) {
      this.draft = `half a ${random.whole(0, 999)}`;
      await this.world.clock.advance(2);
      this.#handles.get(tab)?.setDraft(this.draft);
    } else if (dice < 0.58) await this.#end(tab, random.isTrue(0.5));
    else if (dice < 0.66) await this.#sleep(tab);
    else if (dice < 0.74) {
      tab.isVisible = random.isTrue(0.5);
      if (!tab.isFrozen) tab.seat.setActive(tab.isVisible);
    } else if (dice < 0.8) for (const socket of this.server.sockets) socket.end();
    else if (dice < 0.9) this.server.take(() => random.isTrue(0.7));
    else await this.world.clock.advance(random.whole(1, 4_000));
    if (random.isTrue(0.7)) await settle();
  }

  async open(): Promise<void> {
    const tab = await this.world.open();
    this.#handles.set(tab, tab.seat.openChat(CHAT));
  }

  /** Everything wakes and is heard. */
  async calm(): Promise<void> {
    if (this.alive.length === 0) await this.open();
    for (const tab of this.alive) {
      tab.wake();
      tab.isVisible = true;
      tab.seat.reconnect();
    }
    for (let i = 0; i < 60; i++) {
      await this.world.clock.advance(1_000);
      this.server.take();
      await settle();
      for (const tab of this.alive)
        for (const socket of tab.network.dialled)
          if (socket.target.kind === "hub" && !socket.isClosed) socket.say({ type: "PONG" });
      await settle();
    }
  }

  texts(tab: Tab): string[] {
    const shown = this.#handles.get(tab)?.screen.get().messages ?? [];
    return shown.flatMap(({ text }) => (text?.startsWith("said") ? [text] : []));
  }

  draftOf(tab: Tab): string {
    return this.#handles.get(tab)?.draft.get() ?? "";
  }

  async #end(tab: Tab, isCrash: boolean): Promise<void> {
    this.#handles.delete(tab);
    if (isCrash) await this.world.crash(tab);
    tab.seat.close();
    for (const socket of tab.network.dialled) socket.isClosed = true;
  }

  async #sleep(tab: Tab): Promise<void> {
    if (!tab.isFrozen) {
      tab.isFrozen = true;
      return;
    }
    tab.wake();
    tab.seat.reconnect();
  }
}

describe("tabs in turmoil", () => {
  for (const seed of SEEDS) {
    it(`TAB2 TAB4 TAB8 OUT2 seed ${seed}: everything is sent once, in the order of writing, and every tab shows it`, async () => {
      const turmoil = new Turmoil(seed);
      for (let i = 0; i < 60; i++) await turmoil.step();
      await turmoil.calm();
      const { world, composed } = turmoil;
      const log = world.log.flatMap(({ content }) => (content && "text" in content ? [content.text] : []));
      expect(log.filter((text) => text.startsWith("said"))).toEqual(composed);
      expect(await world.store.loadOutbox()).toEqual([]);
      for (const tab of turmoil.alive) {
        expect([tab.name, turmoil.texts(tab)]).toEqual([tab.name, composed]);
        expect([tab.name, tab.connection.get().unsent, tab.errors]).toEqual([tab.name, 0, []]);
      }
      expect(turmoil.alive.filter((tab) => tab.isLeading)).toHaveLength(1);
      expect(new Set(turmoil.alive.map((tab) => turmoil.draftOf(tab))).size).toBe(1);
    });
  }
});

/** What a tab writes; after so many of these it is gone. */
const WRITES = [
  "addOutbox",
  "updateOutbox",
  "removeOutbox",
  "applyNews",
  "replaceChat",
  "saveDraft",
  "saveCursors",
] as const;

describe("a device that dies", () => {
  it("OUT11 REF1 after any write it sends the rest, once, in order, and answers still answer what they did", async () => {
    let deaths = 0;
    for (let writes = 0; writes < 40; writes++) {
      const world = new TabWorld();
      world.log = messages(1, 3);
      const server = new TabServer(world);
      const first = await world.open();
      const handle = first.seat.openChat(CHAT);
      await settle();
      let left = writes;
      const dying = world.store as unknown as Record<string, (...of: unknown[]) => Promise<unknown>>;
      for (const name of WRITES) {
        const real = dying[name]?.bind(world.store);
        dying[name] = (...of) => {
          if (left-- > 0 && real) return real(...of);
          return new Promise(() => undefined);
        };
      }
      const written: string[] = [];
      const say = async (text: string, answers?: string) => {
        const replied = handle.screen.get().messages.findLast((one) => one.text === answers)?.client_msg_id;
        void handle.send(text, replied === undefined ? {} : { reply_to: replied }).then(() => written.push(text));
        await settle();
      };
      await say("one");
      server.take();
      await settle();
      for (const socket of server.sockets) socket.end();
      await say("two");
      await say("three", "two");
      await world.clock.advance(1_000);
      server.take();
      await settle();
      server.take();
      await settle();
      if (left < 0) deaths++;
      await world.crash(first);
      first.seat.close();
      for (const socket of first.network.dialled) socket.isClosed = true;
      for (const name of WRITES) delete dying[name];
      const second = await world.open();
      const there = second.seat.openChat(CHAT);
      await settle();
      for (let i = 0; i < 20; i++) {
        server.take();
        await world.clock.advance(1_000);
      }
      const said = world.log.slice(3).map(({ content }) => (content && "text" in content ? content.text : ""));
      // What its writer saw as written is there; nothing is there twice, or out of its order.
      expect([writes, said]).toEqual([writes, ["one", "two", "three"].slice(0, said.length)]);
      expect(said.length).toBeGreaterThanOrEqual(written.length);
      expect(world.log.find((row) => row.seq === 6)?.reply_to_message_id).toBe(
        said.length < 3 ? undefined : `${CHAT}.5`,
      );
      expect([writes, await world.store.loadOutbox(), second.errors]).toEqual([writes, [], []]);
      expect(
        there.screen
          .get()
          .messages.slice(3)
          .map(({ text }) => text),
      ).toEqual(said);
    }
    expect(deaths).toBeGreaterThan(10);
  });
});
