import { setTimeout as delay } from "node:timers/promises";
import type { TestServer } from "../harness/server.ts";
import { Api } from "./api.ts";
import { ChatClient } from "./chat-client.ts";
import { mintPeople, type SignedIn } from "./people.ts";
import type { SeededRandom } from "./seeded-random.ts";

/**
 * Kills the server's whole process group again and again, inside open batches, while people talk. Whatever was
 * acknowledged must still be there, once, under the number it was acknowledged with; and members who were away must
 * learn of it although the process that owed them the news is dead.
 */

export interface KillOptions {
  kills: number;
  /** Acknowledgements that must have reached clients before the proof may end. */
  acks: number;
  /** Serving everybody again must not take longer (ms). */
  outage_limit_ms: number;
  random: SeededRandom;
}

export interface KillResult {
  kills: number;
  acks: number;
  messages: number;
  /** Repeats that clients sent after a kill: the open batches it hit. */
  resent: number;
  catchUps: number;
  /** From the kill until everybody had been served again, the longest (ms). */
  longest_outage_ms: number;
  wrong: string[];
}

export const KILL_VARS = { SEND_PER_S: "100000", SEND_BURST: "100000", HTTP_PER_S: "100000" };

const CHATS = 3;
const SENDERS = 4;
const OPEN = 12;
const BUMP_LIMIT_MS = 20_000;
const SETTLE_MS = 30_000;

/** One busy chat: everybody in it keeps some messages unacknowledged, one member is always away. */
class BusyChat {
  readonly chatId: string;
  readonly clients: ChatClient[];
  readonly #sent = new Map<string, { sender: string; text: string }>();
  #isTalking = false;
  #turns: Promise<void>[] = [];

  constructor(server: TestServer, chatId: string, people: readonly SignedIn[]) {
    this.chatId = chatId;
    this.clients = people.map((person) => new ChatClient(server.socketUrl, person, chatId, { isPersistent: true }));
  }

  get sent(): ReadonlyMap<string, { sender: string; text: string }> {
    return this.#sent;
  }

  async start(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.open()));
    this.#isTalking = true;
    for (const [index, client] of this.clients.entries()) {
      for (let i = 0; i < OPEN; i++) this.#turns.push(this.#talk(client, `${this.chatId.slice(-6)}-${index}-${i}`));
    }
  }

  /** One at a time, each after the acknowledgement of the one before, over as many connections as it takes. */
  async #talk(client: ChatClient, name: string): Promise<void> {
    for (let n = 0; this.#isTalking; n++) {
      const id = `${name}-${n}`;
      const text = `This is number ${n} of ${name}.`;
      this.#sent.set(id, { sender: client.person.user_id, text });
      await client.send(text, id);
      // A person is not a machine gun; without a pause the run would be over before it was killed often enough.
      await delay(2);
    }
  }

  get acks(): number {
    return this.clients.reduce((sum, client) => sum + client.acks.size, 0);
  }

  get isServed(): boolean {
    return this.clients.every((client) => client.isReady);
  }

  /** Nobody begins another message; resolves when the last was acknowledged. */
  async finish(): Promise<void> {
    this.#isTalking = false;
    await Promise.all(this.#turns);
  }

  /** What is not as it must be, judged by a fresh fetch and by what every client was told. */
  async judge(url: string, fresh: SignedIn): Promise<string[]> {
    const wrong: string[] = [];
    const history = await new Api(url, fresh).wholeHistory(this.chatId);
    history.forEach((message, index) => {
      if (message.seq !== index + 1) wrong.push(`a hole before ${message.seq}`);
    });
    const seqs = new Map<string, number>();
    for (const message of history) {
      const id = message.client_msg_id;
      if (id === undefined) continue;
      if (seqs.has(id)) wrong.push(`doubled: ${id} at ${seqs.get(id)} and ${message.seq}`);
      seqs.set(id, message.seq);
      const sent = this.#sent.get(id);
      const text = message.content && "text" in message.content ? message.content.text : undefined;
      if (sent?.text !== text || sent?.sender !== message.sender_id) wrong.push(`not as it was sent: ${id}`);
    }
    for (const id of this.#sent.keys()) if (!seqs.has(id)) wrong.push(`lost: ${id}`);
    const end = Date.now() + SETTLE_MS;
    while (this.clients.some((client) => client.head < history.length) && Date.now() < end) await delay(50);
    for (const client of this.clients) wrong.push(...this.#judgeClient(client, seqs, history.length));
    return wrong.map((line) => `${this.chatId}: ${line}`);
  }

  #judgeClient(client: ChatClient, seqs: ReadonlyMap<string, number>, head: number): string[] {
    const wrong = client.findings.map((finding) => `${client.person.username} was told: ${finding}`);
    for (const [id, acks] of client.acks) {
      if (acks[0]?.seq !== seqs.get(id)) wrong.push(`seq changed: ${id}, ${acks[0]?.seq} is now ${seqs.get(id)}`);
    }
    for (const { seq, client_msg_id } of client.log.values()) {
      if (client_msg_id !== undefined && seqs.get(client_msg_id) !== seq) wrong.push(`${client_msg_id} seen at ${seq}`);
    }
    if (client.head !== head) wrong.push(`${client.person.username} ends at ${client.head} of ${head}`);
    wrong.push(...client.errors.map(({ code, message }) => `${client.person.username}: ${code} ${message}`));
    return wrong;
  }
}

/** The whole proof, on a server that is running and that it kills. */
export async function proveKills(server: TestServer, options: KillOptions): Promise<KillResult> {
  const { random } = options;
  const names = Array.from({ length: CHATS * SENDERS }, (_, i) => `talker-${i}`);
  const [away, quiet, ...talkers] = await mintPeople(server, ["away", "quiet", ...names]);
  if (away === undefined || quiet === undefined) throw new Error("Nobody came.");
  const chats = await Promise.all(
    Array.from({ length: CHATS }, async (_, i) => {
      const people = talkers.slice(i * SENDERS, (i + 1) * SENDERS);
      return new BusyChat(server, await makeGroup(server, people[0] ?? quiet, [...people, away]), people);
    }),
  );
  const quietChat = new QuietChat(server, await makeGroup(server, quiet, [away]), quiet, away);
  await Promise.all(chats.map((chat) => chat.start()));

  const result: KillResult = {
    ...{ kills: 0, acks: 0, messages: 0, resent: 0, catchUps: 0, longest_outage_ms: 0 },
    wrong: [],
  };
  const acks = () => chats.reduce((sum, chat) => sum + chat.acks, 0);
  while (result.kills < options.kills || acks() < options.acks) {
    await delay(random.whole(100, 1_500));
    if (result.kills >= options.kills) continue;
    // Acknowledged a moment ago, and nobody has been told: the kill falls between acknowledgement and bump.
    await quietChat.say();
    result.resent += chats.reduce((sum, { clients }) => sum + clients.reduce((n, c) => n + c.unacknowledged, 0), 0);
    await server.kill();
    result.kills++;
    const began = performance.now();
    await server.restart();
    while (!chats.every((chat) => chat.isServed) && performance.now() - began < 3 * options.outage_limit_ms)
      await delay(20);
    const outage = performance.now() - began;
    result.longest_outage_ms = Math.max(result.longest_outage_ms, outage);
    if (outage > options.outage_limit_ms) result.wrong.push(`kill ${result.kills}: served again after ${outage} ms`);
    result.wrong.push(...(await quietChat.judge(result.kills)));
  }
  await Promise.all(chats.map((chat) => chat.finish()));
  result.acks = acks();
  result.messages = chats.reduce((sum, chat) => sum + chat.sent.size, 0);
  result.catchUps = chats.reduce((sum, { clients }) => sum + clients.reduce((n, c) => n + c.catchUps, 0), 0);
  for (const chat of chats) {
    result.wrong.push(...(await chat.judge(server.url, away)));
    result.wrong.push(...(await judgeInbox(server, away, chat.chatId)));
    for (const client of chat.clients) client.cut();
  }
  return result;
}

/** A chat in which nothing happens but one message right before each kill, to somebody who is away. */
class QuietChat {
  readonly #server: TestServer;
  readonly #chatId: string;
  readonly #away: SignedIn;
  readonly #sender: ChatClient;
  #head = 0;
  #said = 0;

  constructor(server: TestServer, chatId: string, sender: SignedIn, away: SignedIn) {
    this.#server = server;
    this.#chatId = chatId;
    this.#away = away;
    this.#sender = new ChatClient(server.socketUrl, sender, chatId);
  }

  /** Sends one message and returns the moment it is acknowledged. The one who is away has read all heads before. */
  async say(): Promise<void> {
    await new Api(this.#server.url, this.#away).listChats();
    await this.#sender.open();
    this.#head = (await this.#sender.send(`quiet word ${++this.#said}`)).seq;
  }

  /** The sender does not come back, so nothing but what was stored can tell the other's hub. */
  async judge(kill: number): Promise<string[]> {
    this.#sender.cut();
    const wrong = await judgeInbox(this.#server, this.#away, this.#chatId, this.#head);
    return wrong.map((line) => `after kill ${kill}: ${line}`);
  }
}

/** Waits until the inbox shows the chat's head and the right count of unread messages. */
async function judgeInbox(server: TestServer, person: SignedIn, chatId: string, head?: number): Promise<string[]> {
  const api = new Api(server.url, person);
  const history = await api.wholeHistory(chatId);
  const expected = { head: head ?? history.length, unread: 0 };
  expected.unread = Math.min(
    999,
    history.filter((message) => message.message_type !== "system" && message.sender_id !== person.user_id).length,
  );
  const end = Date.now() + BUMP_LIMIT_MS;
  let entry: { head_seq: number; unread: number } | undefined;
  do {
    entry = (await api.listChats()).chats.find((chat) => chat.chat_id === chatId);
    if (entry?.head_seq === expected.head && entry.unread === expected.unread) return [];
    await delay(200);
  } while (Date.now() < end);
  return [
    `the inbox of ${person.username} shows head ${entry?.head_seq} and ${entry?.unread} unread of ${chatId}, not ${expected.head} and ${expected.unread}`,
  ];
}

async function makeGroup(server: TestServer, owner: SignedIn, members: readonly SignedIn[]): Promise<string> {
  const view = await new Api(server.url, owner).createChat({
    chat_type: "group",
    chat_name: `Group of ${owner.username}`,
    participants: members.filter((person) => person !== owner).map((person) => person.user_id),
  });
  return view.chat.chat_id;
}

export function describeKills(result: KillResult): string {
  return [
    `${result.kills} kills of the whole process group; serving again after at most ${(result.longest_outage_ms / 1_000).toFixed(1)} s`,
    `  ${result.acks} acknowledgements reached clients, ${result.messages} messages sent, ${result.resent} sent again, ${result.catchUps} catch-ups`,
    ...result.wrong.slice(0, 20).map((line) => `  WRONG ${line}`),
    ...(result.wrong.length === 0 ? ["  nothing lost, nothing doubled, no seq changed, every bump arrived"] : []),
  ].join("\n");
}
