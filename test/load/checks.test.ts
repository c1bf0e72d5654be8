import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { Crew, type Result } from "./crew.ts";
import { Histogram } from "./histogram.ts";
import { PEERS } from "./peer-server.ts";
import { WIRES } from "./wire.ts";

/** What a dishonest server does to the third message of its room. */
type Sabotage = "nothing" | "lose" | "double" | "swap" | "renumber" | "store twice";

/** A room that keeps nothing and lies about one message. */
class LyingServer {
  readonly #server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });
  readonly #readers = new Set<WebSocket>();
  #seq = 0;
  #held: string | undefined;
  sabotage: Sabotage = "nothing";

  constructor() {
    this.#server.on("connection", (socket) => {
      this.#readers.add(socket);
      socket.on("close", () => this.#readers.delete(socket));
      socket.on("message", (data) => this.#say(socket, JSON.parse(String(data))));
    });
  }

  async listening(): Promise<void> {
    if (this.#server.address() === null) await once(this.#server, "listening");
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  begin(sabotage: Sabotage): void {
    this.sabotage = sabotage;
    this.#seq = 0;
    this.#held = undefined;
  }

  #say(sender: WebSocket, { id, text }: { id: string; text: string }): void {
    const seq = ++this.#seq;
    const frame = (number: number) => JSON.stringify({ type: "message", seq: number, id, text });
    const frames = this.#held === undefined ? [frame(seq)] : [frame(seq), this.#held];
    this.#held = undefined;
    if (seq === 3) this.#distort(frames, frame);
    for (const [index, reader] of [...this.#readers].entries()) {
      // One reader is lied to, the others hear the truth.
      const heard = index === 0 || seq !== 3 ? frames : [frame(seq)];
      for (const one of heard) reader.send(one);
    }
    sender.send(JSON.stringify({ type: "ack", seq, id }));
  }

  #distort(frames: string[], frame: (number: number) => string): void {
    if (this.sabotage === "lose") frames.length = 0;
    if (this.sabotage === "double") frames.push(frame(3));
    if (this.sabotage === "swap") this.#held = frames.splice(0)[0];
    if (this.sabotage === "renumber") frames.splice(0, 1, frame(4));
    if (this.sabotage === "store twice") frames.push(frame(++this.#seq));
  }

  close(): void {
    this.#server.close();
  }
}

describe("the generator sees what a server does wrong", () => {
  const crew = new Crew(2);
  let server: LyingServer;
  beforeAll(async () => {
    server = new LyingServer();
    await server.listening();
  });
  afterAll(async () => {
    await crew.dismiss();
    server.close();
  });

  async function run(sabotage: Sabotage): Promise<Result> {
    server.begin(sabotage);
    const places = Array.from({ length: 4 }, () => ({ url: server.url, headers: {}, room: "room", head_seq: 0 }));
    const pace = { open: 2, warm_up_ms: 100, duration_ms: 1000 };
    return crew.run({ wire: "plain", places, senders: [0, 1], pace, threads: 2, settle_ms: 500 });
  }

  it("an honest server has nothing lost, doubled or reordered", async () => {
    const result = await run("nothing");
    expect(result).toMatchObject({ lost: 0, doubled: 0, reordered: 0, errors: [] });
    // On a machine that is busy with other tests, too: what matters is that it counted.
    expect(result.messages).toBeGreaterThan(3);
    expect(result.deliveries).toBeGreaterThan(result.messages * 3);
  });

  it.each([
    ["lose", "lost"],
    ["double", "doubled"],
    ["swap", "reordered"],
    ["renumber", "doubled"],
    ["store twice", "doubled"],
  ] as const)("a server that would %s one message is caught: %s", async (sabotage, what) => {
    expect((await run(sabotage))[what]).toBeGreaterThan(0);
  });
});

describe("the yardsticks", () => {
  it("a percentile is right to two in a hundred", () => {
    const histogram = new Histogram();
    for (let us = 1; us <= 10_000; us++) histogram.add(us);
    expect(histogram.percentile_ms(0.5)).toBeCloseTo(5, 0);
    expect(Math.abs(histogram.percentile_ms(0.99) / 9.9 - 1)).toBeLessThan(0.02);
  });

  it.each(PEERS)("%s is shown whole, so it is short", (peer) => {
    const lines = readFileSync(join(import.meta.dirname, "peers", `${peer}.ts`), "utf8").split("\n");
    expect(lines.length).toBeLessThan(60);
  });

  it("Parley's client takes arrays of frames and owes an acknowledgement every 64 news", () => {
    const message = { seq: 7, client_msg_id: "a", content: { text: "0000000000zz text" } };
    const frames = [
      { type: "MESSAGE_ACK", seq: 7, client_msg_id: "a" },
      { type: "MESSAGE_RECEIVED", base: 6, rev: 9, message },
    ];
    const parsed = WIRES.parley.parse(JSON.stringify(frames));
    expect(parsed).toMatchObject({ acks: [{ seq: 7, id: "a" }], news: [{ seq: 7, id: "a" }], rev: 9 });
    expect(WIRES.parley.acknowledge?.(63, 9)).toBeUndefined();
    expect(WIRES.parley.acknowledge?.(64, 9)).toBe('{"type":"ACKNOWLEDGE","rev":9}');
  });
});
