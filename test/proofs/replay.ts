import { startServer, type TestServer } from "../harness/server.ts";
import { nowUs } from "../load/clock.ts";
import { Histogram } from "../load/histogram.ts";
import { Api } from "./api.ts";
import { ChatClient } from "./chat-client.ts";
import { mintPeople, type SignedIn } from "./people.ts";
import { castOf, readPlays, type Speech } from "./plays.ts";

/**
 * Replays conversations: every speech sent by its speaker over a socket, all members connected. Then every member
 * must have the same messages in the same order, once from what arrived and once from a fresh fetch.
 * `PLAYS_FILE=… node test/proofs/replay.ts [--burst]` prints what came of it, and fails if anything is wrong.
 */

/** `turns`: the next speech of a chat when the one before was acknowledged. `burst`: as many open as `open` says. */
export interface ReplayOptions {
  mode: "turns" | "burst";
  /** Unacknowledged speeches per chat in a burst. */
  open?: number;
}

/** What a replay came to. `wrong` is empty, or says what was not as it must be. */
export interface ReplayResult {
  people: number;
  chats: number;
  messages: number;
  deliveries: number;
  elapsed_s: number;
  latency: Histogram;
  lost: number;
  doubled: number;
  reordered: number;
  wrong: string[];
}

const BURST_OPEN = 32;
const SETTLE_MS = 30_000;
/** A speech is sent by one person and this many are said at a time; the default limit would slow a burst down. */
export const REPLAY_VARS = { SEND_PER_S: "100000", SEND_BURST: "100000", HTTP_PER_S: "100000" };

/** One chat of the replay, with all its members connected. */
class Stage {
  readonly name: string;
  readonly chatId: string;
  readonly #clients: Map<string, ChatClient>;
  readonly #people: SignedIn[];
  readonly #server: TestServer;
  /** What was said, as it must arrive: client_msg_id to speech. */
  readonly #said = new Map<string, Speech & { sent_at_us: number }>();
  readonly #firstSeq: number;

  private constructor(
    name: string,
    chatId: string,
    firstSeq: number,
    server: TestServer,
    people: SignedIn[],
    latency: Histogram,
  ) {
    this.name = name;
    this.chatId = chatId;
    this.#firstSeq = firstSeq;
    this.#server = server;
    this.#people = people;
    this.#clients = new Map(
      people.map((person) => [
        person.username,
        new ChatClient(server.socketUrl, person, chatId, {
          onMessage: (message) => {
            const said = this.#said.get(message.client_msg_id ?? "");
            if (said !== undefined) latency.add(nowUs() - said.sent_at_us);
          },
        }),
      ]),
    );
  }

  /** Makes the group and lets everybody in. */
  static async set(name: string, server: TestServer, people: SignedIn[], latency: Histogram): Promise<Stage> {
    const [founder, ...others] = people;
    if (founder === undefined) throw new Error(`${name} has no speakers.`);
    const view = await new Api(server.url, founder).createChat({
      chat_type: "group",
      chat_name: name,
      participants: others.map((person) => person.user_id),
    });
    const { chat_id } = view.chat;
    const { head_seq } = await new Api(server.url, founder).history(chat_id, "limit=1");
    const stage = new Stage(name, chat_id, head_seq + 1, server, people, latency);
    await Promise.all([...stage.#clients.values()].map((client) => client.open()));
    return stage;
  }

  /** Says the speeches in order, with at most `open` unacknowledged. */
  async play(speeches: readonly Speech[], open: number): Promise<void> {
    const waiting: Promise<unknown>[] = [];
    for (const [index, speech] of speeches.entries()) {
      await waiting[index - open];
      const client = this.#clients.get(`${speech.chat}.${speech.speaker}`);
      if (client === undefined) throw new Error(`${speech.speaker} is not on the stage of ${this.name}.`);
      const id = `${this.name}-${index}`;
      this.#said.set(id, { ...speech, sent_at_us: nowUs() });
      waiting.push(client.send(speech.text, id));
    }
    await Promise.all(waiting);
  }

  /** Waits until everybody has everything, then compares. Each member is compared alone. */
  async check(isInTurns: boolean): Promise<Pick<ReplayResult, "lost" | "doubled" | "reordered" | "wrong">> {
    const end = Date.now() + SETTLE_MS;
    const head = this.#firstSeq + this.#said.size - 1;
    const isMissing = () => [...this.#clients.values()].some((client) => client.head < head);
    while (isMissing() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));

    const sum = { lost: 0, doubled: 0, reordered: 0, wrong: [] as string[] };
    const truth = await new Api(this.#server.url, this.#one()).wholeHistory(this.chatId);
    const order = truth.filter((message) => message.seq >= this.#firstSeq).map((m) => m.client_msg_id ?? "");
    truth.forEach((message, index) => {
      if (message.seq !== index + 1) sum.wrong.push(`${this.name}: a hole before ${message.seq}`);
    });
    sum.lost += [...this.#said.keys()].filter((id) => !order.includes(id)).length;
    sum.doubled += order.length - new Set(order).size;
    if (isInTurns && order.join() !== [...this.#said.keys()].join()) sum.wrong.push(`${this.name}: not as it was said`);
    for (const message of truth) {
      const said = this.#said.get(message.client_msg_id ?? "");
      const text = message.content !== null && "text" in message.content ? message.content.text : undefined;
      if (said !== undefined && text !== said.text.normalize("NFC")) sum.wrong.push(`${message.seq}: other text`);
    }
    for (const client of this.#clients.values()) this.#compare(client, order, sum);
    for (const person of this.#people) await this.#compareFresh(person, order, sum);
    return sum;
  }

  #compare(
    client: ChatClient,
    order: readonly string[],
    sum: Pick<ReplayResult, "lost" | "doubled" | "reordered" | "wrong">,
  ): void {
    order.forEach((id, index) => {
      const message = client.log.get(this.#firstSeq + index);
      if (message === undefined) sum.lost++;
      else if (message.client_msg_id !== id) sum.reordered++;
    });
    const surplus = client.received - order.length;
    if (surplus > 0) sum.doubled += surplus;
    // Catching up heals a loss, and must not hide one: nobody was ever away.
    if (client.connections !== 1) sum.wrong.push(`${client.person.username} had to come back`);
    if (client.catchUps !== 1) sum.wrong.push(`${client.person.username} caught up ${client.catchUps - 1} times`);
    sum.wrong.push(...client.findings.map((finding) => `${client.person.username}: ${finding}`));
    sum.wrong.push(...client.errors.map(({ code, message }) => `${client.person.username}: ${code} ${message}`));
  }

  async #compareFresh(
    person: SignedIn,
    order: readonly string[],
    sum: Pick<ReplayResult, "lost" | "doubled" | "reordered" | "wrong">,
  ): Promise<void> {
    const fetched = await new Api(this.#server.url, person).wholeHistory(this.chatId);
    const ids = fetched.filter((message) => message.seq >= this.#firstSeq).map((m) => m.client_msg_id);
    if (ids.join() !== order.join()) sum.wrong.push(`${person.username} fetches another history`);
  }

  #one(): SignedIn {
    const [person] = this.#people;
    if (person === undefined) throw new Error("An empty stage.");
    return person;
  }

  get deliveries(): number {
    return [...this.#clients.values()].reduce((total, client) => total + client.received, 0);
  }

  close(): void {
    for (const client of this.#clients.values()) client.cut();
  }
}

/** Replays speeches against a running server. People and chats are made anew. */
export async function replay(
  server: TestServer,
  speeches: readonly Speech[],
  { mode, open = BURST_OPEN }: ReplayOptions,
): Promise<ReplayResult> {
  const casts = castOf(speeches);
  const names = [...casts].flatMap(([chat, cast]) => cast.map((speaker) => `${chat}.${speaker}`));
  const people = await mintPeople(server, names);
  const latency = new Histogram();
  const stages = await Promise.all(
    [...casts.keys()].map((chat) =>
      Stage.set(
        chat,
        server,
        people.filter((person) => person.username.startsWith(`${chat}.`)),
        latency,
      ),
    ),
  );
  try {
    const began = performance.now();
    await Promise.all(
      stages.map((stage) =>
        stage.play(
          speeches.filter((speech) => speech.chat === stage.name),
          mode === "turns" ? 1 : open,
        ),
      ),
    );
    const elapsed_s = (performance.now() - began) / 1_000;
    const sums = await Promise.all(stages.map((stage) => stage.check(mode === "turns")));
    const total = (key: "lost" | "doubled" | "reordered") => sums.reduce((sum, one) => sum + one[key], 0);
    return {
      people: people.length,
      chats: stages.length,
      messages: speeches.length,
      deliveries: stages.reduce((sum, stage) => sum + stage.deliveries, 0),
      elapsed_s,
      latency,
      lost: total("lost"),
      doubled: total("doubled"),
      reordered: total("reordered"),
      wrong: sums.flatMap((one) => one.wrong),
    };
  } finally {
    for (const stage of stages) stage.close();
  }
}

/** What a replay prints. */
export function describeReplay(result: ReplayResult, options: ReplayOptions): string {
  const ms = (share: number) => `${result.latency.percentile_ms(share).toFixed(2)} ms`;
  return [
    `${options.mode}: ${result.people} people, ${result.chats} chats, ${result.elapsed_s.toFixed(1)} s`,
    `  messages ${result.messages}, deliveries ${result.deliveries}`,
    `  send to delivered: p50 ${ms(0.5)}, p95 ${ms(0.95)}, p99 ${ms(0.99)}`,
    `  lost ${result.lost}, doubled ${result.doubled}, reordered ${result.reordered}`,
    ...result.wrong.slice(0, 20).map((line) => `  WRONG ${line}`),
  ].join("\n");
}

/** True if nothing was lost, doubled, reordered or otherwise not as it must be. */
export const isFaultless = (result: ReplayResult): boolean =>
  result.lost + result.doubled + result.reordered + result.wrong.length === 0;

async function main(): Promise<void> {
  const file = process.env.PLAYS_FILE;
  if (file === undefined) throw new Error("PLAYS_FILE must name a file of speeches, one JSON object a line.");
  const speeches = readPlays(file);
  const modes: ReplayOptions[] = process.argv.includes("--burst") ? [{ mode: "burst" }] : [{ mode: "turns" }];
  if (process.argv.includes("--both")) modes.push({ mode: modes[0]?.mode === "turns" ? "burst" : "turns" });
  for (const options of modes) {
    const server = await startServer({ vars: REPLAY_VARS });
    try {
      const result = await replay(server, speeches, options);
      console.log(describeReplay(result, options));
      if (!isFaultless(result)) process.exitCode = 1;
    } finally {
      await server.stop();
    }
  }
}

if (process.argv[1] === import.meta.filename) await main();
