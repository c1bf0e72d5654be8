import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { beforeAll, describe, expect, it } from "vitest";
import { judge } from "../../src/domain/delta.ts";
import type { InboxEntry } from "../../src/protocol/chat.ts";
import { draft, makeGroup, person, type TestDevice, type TestPerson } from "../chat/room.ts";
import { chatCalls, connectHub, hubStub, prepare } from "./hub.ts";

beforeAll(prepare);

/** mulberry32: small, and the same everywhere. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A device that keeps the inbox by the rules of news, over as many connections as it takes. */
class InboxDevice {
  readonly entries = new Map<string, InboxEntry>();
  readonly #userId: string;
  cursor: { epoch: string; rev: number } | undefined;
  #socket: TestDevice | undefined;
  #read = 0;

  constructor(userId: string) {
    this.#userId = userId;
  }

  async connect(): Promise<void> {
    if (this.#socket) return;
    this.#read = 0;
    this.#socket = await connectHub(this.#userId, this.cursor ? { cursor: this.cursor } : {});
    await this.apply();
  }

  async leave(): Promise<void> {
    await this.apply();
    this.#socket?.close();
    this.#socket = undefined;
  }

  /** Applies everything that has come. */
  async apply(): Promise<void> {
    if (!this.#socket) return;
    await this.#socket.settle();
    for (const frame of this.#socket.frames.slice(this.#read)) {
      if (frame.type === "INBOX_SNAPSHOT") {
        this.entries.clear();
        for (const entry of frame.entries) this.entries.set(entry.chat_id, entry);
        this.cursor = { epoch: frame.epoch, rev: frame.rev };
      } else if (frame.type === "INBOX_CHANGED") {
        const verdict = judge(this.cursor?.rev ?? 0, frame);
        if (verdict === "catch_up") throw new Error("a hole on a socket that lost nothing");
        if (verdict === "ignore") continue;
        for (const entry of frame.entries) {
          if ((this.entries.get(entry.chat_id)?.rev ?? 0) < entry.rev) this.entries.set(entry.chat_id, entry);
        }
        this.cursor = { epoch: frame.epoch, rev: frame.rev };
      }
    }
    this.#read = this.#socket.frames.length;
  }

  present(): InboxEntry[] {
    return [...this.entries.values()].filter((e) => !e.is_removed).sort((a, b) => (a.chat_id < b.chat_id ? -1 : 1));
  }
}

/** In a `calm` play no chat dies, and nothing at its end makes good what a chat may have forgotten to say. */
async function play(seed: number, steps: number, isCalm: boolean): Promise<void> {
  const random = seeded(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const [ada, bela] = [person("Ada"), person("Bela")] as [TestPerson, TestPerson];
  const chats = await Promise.all([0, 1, 2].map(() => makeGroup([ada, bela])));
  const hub = hubStub(bela.user_id);
  const devices = [new InboxDevice(bela.user_id), new InboxDevice(bela.user_id)];
  const members = new Set(chats.map((chat) => chat.chatId));
  for (let step = 0; step < steps; step++) {
    const { stub, chatId } = pick(chats);
    const device = pick(devices);
    const dice = random();
    if (dice < 0.35) await stub.send(ada.user_id, draft(`step ${step}`));
    else if (dice < 0.45 && members.has(chatId)) await stub.send(bela.user_id, draft(`own ${step}`));
    else if (dice < 0.55 && members.has(chatId)) {
      const { head_seq } = await stub.history(bela.user_id, { limit: 1 });
      await stub.markRead(bela.user_id, head_seq);
    } else if (dice < 0.6 && members.delete(chatId)) await stub.removeMember(ada.user_id, bela.user_id);
    else if (dice < 0.65 && !members.has(chatId)) {
      await stub.addMembers(ada.user_id, [bela]);
      members.add(chatId);
    } else if (dice < 0.75) await device.connect();
    else if (dice < 0.82) await device.leave();
    else if (dice < 0.88) await evictDurableObject(hub).catch(() => undefined);
    else if (dice < 0.92 && !isCalm) await evictDurableObject(stub).catch(() => undefined);
    else if (dice < 0.96) await hub.inbox({ limit: 10 });
    else await runDurableObjectAlarm(hub);
  }
  for (const device of devices) await device.connect();
  if (!isCalm) for (const { stub } of chats) await runDurableObjectAlarm(stub);
  await expect
    .poll(
      async () => {
        const heads = [];
        for (const { chatId } of chats) {
          const head = await chatCalls(chatId).readHead(bela.user_id);
          if (head && !head.entry.is_removed) heads.push(head.entry);
        }
        const wanted = heads.sort((a, b) => (a.chat_id < b.chat_id ? -1 : 1));
        const wrong: unknown[] = [];
        for (const device of devices) {
          await device.apply();
          const shown = device.present().map(({ rev: _, ...entry }) => entry);
          if (JSON.stringify(shown) !== JSON.stringify(wanted)) wrong.push({ seed, shown, wanted });
        }
        return wrong;
      },
      { timeout: 15_000, interval: 200 },
    )
    .toEqual([]);
}

describe("convergence of inboxes", () => {
  it("INB2 INB6 INB7 every device ends with the heads of the chats, whatever slept or died in between", async () => {
    await Promise.all(Array.from({ length: 16 }, (_, seed) => play(seed + 1, 40, seed % 2 === 0)));
  }, 60_000);
});
