import { describe, expect, it } from "vitest";
import { ERRORS, type ErrorCode } from "../../src/protocol/error.ts";
import type { Message } from "../../src/protocol/message.ts";
import type { MessageState } from "../../web/sync/client.ts";
import { composerOf } from "./composing.ts";
import { Device } from "./device.ts";
import { settle } from "./manual-clock.ts";
import { BELA, CHAT, CLEO, caughtUp, connected, ME, message, messages, receipt, received } from "./sample-chat.ts";
import type { ScriptedSocket } from "./scripted-network.ts";

/** What a person sees of a message (R-226 and its side states), beside what is over or waits for its time. */
type State = MessageState | "expired" | "scheduled" | "none";

const START = Date.UTC(2026, 0, 1);

/** One own message on a device, and everything that can happen to it. */
class Life {
  readonly device = new Device();
  readonly seen: State[] = [];
  #socket: ScriptedSocket | undefined;
  id = "";
  seq = 3;

  get socket(): ScriptedSocket {
    if (!this.#socket) throw new Error("nothing was dialled");
    return this.#socket;
  }

  async begin(): Promise<void> {
    await this.device.start();
    this.#socket = await this.device.open(messages(1, 2));
    await this.device.engine.ask("view", { verb: "load_scheduled" });
  }

  get state(): State {
    const row = this.device.view().messages.find((one) => one.client_msg_id === this.id);
    if (row) return row.is_expired ? "expired" : (row.state ?? "none");
    return this.device.view().scheduled?.some((one) => one.client_msg_id === this.id) ? "scheduled" : "none";
  }

  async write(): Promise<void> {
    await composerOf(this.device).message("text", { text: "mine" });
    await settle();
    this.id = this.device.view().messages.at(-1)?.client_msg_id ?? "";
  }

  async schedule(): Promise<void> {
    this.id = "at-a-time";
    await composerOf(this.device).schedule("text", { text: "mine" }, START + 60_000, { client_msg_id: this.id });
    await settle();
  }

  async cut(): Promise<void> {
    this.socket.end();
    await settle();
  }

  async attach(): Promise<void> {
    const before = this.device.network.count(CHAT);
    for (let i = 0; i < 40 && this.device.network.count(CHAT) === before; i++) await this.device.clock.advance(1_000);
    this.#socket = this.device.network.last(CHAT);
    this.socket.open();
    this.socket.say(connected(CHAT), caughtUp(2, 2));
    await settle();
  }

  async ack(): Promise<void> {
    this.socket.say({
      type: "MESSAGE_ACK",
      chat_id: CHAT,
      client_msg_id: this.id,
      server_msg_id: `${CHAT}.${this.seq}`,
      seq: this.seq,
      timestamp: "2026-01-01T00:00:01.000Z",
    });
    await settle();
  }

  async news(patch: Partial<Message> = {}): Promise<void> {
    const row = message(this.seq, this.seq, {
      sender_id: ME,
      client_msg_id: this.id,
      content: { text: "mine" },
      ...patch,
    });
    this.socket.say(received(row));
    await settle();
  }

  async receipts(delivered: number, read: number): Promise<void> {
    const rev = (this.device.engine.session(CHAT)?.log.state?.rev ?? 0) + 1;
    const receipts = [BELA, CLEO].map((id) => receipt(id, delivered, read));
    this.socket.say({ type: "RECEIPTS_CHANGED", chat_id: CHAT, base: rev - 1, rev, receipts });
    await settle();
  }

  async refuse(code: ErrorCode): Promise<void> {
    this.socket.say({ type: "ERROR", code, message: code, client_msg_id: this.id });
    await settle();
  }

  async pass(ms: number): Promise<void> {
    await this.device.clock.advance(ms);
  }

  async retry(): Promise<void> {
    await this.device.engine.ask("view", { verb: "retry", client_msg_id: this.id });
    await settle();
  }

  async discard(): Promise<void> {
    await this.device.engine.ask("view", { verb: "discard", client_msg_id: this.id });
    await settle();
  }
}

const fiveRefusals = async (life: Life) => {
  for (let i = 0; i < 5; i++) {
    await life.refuse("rate_limited");
    if (i < 4) await life.pass(8_000);
  }
};

type Step = [what: string, happens: (life: Life) => Promise<unknown>, then: State];

/** Ways through the machine: each step is an edge, from where the one before it ended. */
const WAYS: Record<string, Step[]> = {
  "sent while connected, delivered, read": [
    ["written", (life) => life.write(), "sending"],
    ["acknowledged", (life) => life.ack(), "sent"],
    ["in the log", (life) => life.news(), "sent"],
    ["with one of two", (life) => life.receipts(2, 2), "sent"],
    ["with everybody", (life) => life.receipts(3, 0), "delivered"],
    ["read by everybody", (life) => life.receipts(3, 3), "read"],
    ["said again later", (life) => life.receipts(3, 1), "read"],
  ],
  "read at once": [
    ["written", (life) => life.write(), "sending"],
    ["in the log, before its acknowledgement", (life) => life.news(), "sent"],
    ["read, which is delivered too", (life) => life.receipts(0, 3), "read"],
    ["acknowledged late", (life) => life.ack(), "read"],
  ],
  "written offline": [
    ["cut", (life) => life.cut(), "none"],
    ["written", (life) => life.write(), "waiting"],
    ["an hour later", (life) => life.pass(3_600_000), "waiting"],
    ["attached", (life) => life.attach(), "sending"],
    ["cut before an answer", (life) => life.cut(), "waiting"],
    ["attached again", (life) => life.attach(), "sending"],
    ["acknowledged", (life) => life.ack(), "sent"],
  ],
  "refused for now": [
    ["written", (life) => life.write(), "sending"],
    ["refused for now", (life) => life.refuse("rate_limited"), "retrying"],
    ["sent again", (life) => life.pass(5_000), "retrying"],
    ["cut", (life) => life.cut(), "waiting"],
    ["attached", (life) => life.attach(), "retrying"],
    ["acknowledged", (life) => life.ack(), "sent"],
  ],
  "not answered": [
    ["written", (life) => life.write(), "sending"],
    ["ten seconds later", (life) => life.pass(10_000), "retrying"],
  ],
  "refused five times, tried again": [
    ["written", (life) => life.write(), "sending"],
    ["refused five times", fiveRefusals, "failed"],
    ["an hour later", (life) => life.pass(3_600_000), "failed"],
    ["tapped", (life) => life.attach().then(() => life.retry()), "sending"],
    ["acknowledged", (life) => life.ack(), "sent"],
  ],
  "refused for good, thrown away": [
    ["written", (life) => life.write(), "sending"],
    ["refused for good", (life) => life.refuse("forbidden"), "failed"],
    ["thrown away", (life) => life.discard(), "none"],
  ],
  "failed, and had arrived after all": [
    ["written", (life) => life.write(), "sending"],
    ["refused for good", (life) => life.refuse("forbidden"), "failed"],
    ["in the log", (life) => life.news(), "sent"],
  ],
  "over after a while": [
    ["written", (life) => life.write(), "sending"],
    ["in the log", (life) => life.news({ expires_at: new Date(START + 5_000).toISOString() }), "sent"],
    ["its time is over", (life) => life.pass(5_000), "expired"],
    ["read by everybody", (life) => life.receipts(3, 3), "expired"],
  ],
  "sent at a time": [
    ["scheduled", (life) => life.schedule(), "scheduled"],
    ["its time", (life) => life.news(), "sent"],
    ["with everybody", (life) => life.receipts(3, 0), "delivered"],
  ],
};

describe("the states of a message", () => {
  for (const [way, steps] of Object.entries(WAYS)) {
    it(`STA1 ${way}: ${steps.map(([what, , then]) => `${what} → ${then}`).join(", ")}`, async () => {
      const life = new Life();
      await life.begin();
      for (const [what, happens, then] of steps) {
        await happens(life);
        expect([what, life.state]).toEqual([what, then]);
      }
      expect(life.device.errors).toEqual([]);
    });
  }

  it("STA1 every error that will not change fails it, every other lets it be tried again", async () => {
    for (const [code, { retry }] of Object.entries(ERRORS) as [ErrorCode, (typeof ERRORS)[ErrorCode]][]) {
      const life = new Life();
      await life.begin();
      await life.write();
      await life.refuse(code);
      expect([code, life.state]).toEqual([
        code,
        { never: "failed", later: "retrying", catch_up: "retrying", refresh: "sending" }[retry],
      ]);
    }
  });
});
