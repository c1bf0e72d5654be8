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
