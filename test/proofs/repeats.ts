import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { WebSocket } from "ws";
import { decodeDown, SUBPROTOCOL } from "../../src/protocol/codec.ts";
import type { DownFrame, MessageAck } from "../../src/protocol/down.ts";
import { messageId, newClientMsgId } from "../../src/protocol/ids.ts";
import type { TestServer } from "../harness/server.ts";
import { Api, ApiError, bearer } from "./api.ts";
import { mintPeople, type SignedIn } from "./people.ts";

/**
 * Sends every message three times, with everything in between that could make a server forget: a new connection, a
 * kill, a catch-up, the removal of the sender, the deletion of the message, another door. One message, one number.
 */

/** What a device fixed when the message was written. */
interface Written {
  client_msg_id: string;
  seen_seq?: number;
  content: { text: string };
}

/** The answer to one sending, by whatever door: the number the message has. */
type Told = { seq: number; message_id: string };

const ANSWER_MS = 15_000;

/** A socket that does nothing by itself. */
class Line {
  readonly frames: DownFrame[] = [];
  closedWith: number | undefined;
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data: Buffer) => {
      for (const frame of decodeDown(data.toString())) if (frame.type !== "UNKNOWN") this.frames.push(frame);
    });
    socket.on("error", () => {});
    socket.on("close", (code) => {
      this.closedWith = code;
    });
  }

  static async open(url: string, person: SignedIn): Promise<Line> {
    const socket = new WebSocket(url, [SUBPROTOCOL], { headers: bearer(person), perMessageDeflate: false });
    const line = new Line(socket);
    await once(socket, "open", { signal: AbortSignal.timeout(ANSWER_MS) });
    return line;
  }

  send(frame: object): void {
    this.#socket.send(JSON.stringify(frame));
  }

  /** Waits for the frame that `pick` finds. */
  async until<T>(what: string, pick: (frames: readonly DownFrame[]) => T | undefined): Promise<T> {
    const end = Date.now() + ANSWER_MS;
    for (;;) {
      const found = pick(this.frames);
      if (found !== undefined) return found;
      if (Date.now() > end || this.closedWith !== undefined) {
        const last = JSON.stringify(this.frames.slice(-3));
        throw new Error(`no ${what}; closed with ${this.closedWith}; last frames ${last}`);
      }
      await delay(5);
    }
  }

  cut(): void {
    this.#socket.terminate();
  }
}

/** One chat with an owner and the member whose messages are repeated. */
export class RepeatStage {
  readonly chatId: string;
  readonly #server: TestServer;
  readonly #owner: SignedIn;
  readonly #sender: SignedIn;

  private constructor(server: TestServer, owner: SignedIn, sender: SignedIn, chatId: string) {
    this.#server = server;
    this.#owner = owner;
    this.#sender = sender;
    this.chatId = chatId;
  }

  static async set(server: TestServer, name: string): Promise<RepeatStage> {
    const [owner, sender] = await mintPeople(server, [`${name}-owner`, `${name}-sender`]);
    if (owner === undefined || sender === undefined) throw new Error("Nobody came.");
    const view = await new Api(server.url, owner).createChat({
      chat_type: "group",
      chat_name: name,
      participants: [sender.user_id],
    });
    return new RepeatStage(server, owner, sender, view.chat.chat_id);
  }

  get server(): TestServer {
    return this.#server;
  }

  get senderApi(): Api {
    return new Api(this.#server.url, this.#sender);
  }

  get ownerApi(): Api {
    return new Api(this.#server.url, this.#owner);
  }

  get senderId(): string {
    return this.#sender.user_id;
  }

  /** Opens the sender's socket on the chat, from a cursor if there is one. */
  async chatLine(cursor?: { epoch: string; rev: number }): Promise<Line> {
    const query = cursor === undefined ? "" : `?epoch=${cursor.epoch}&rev=${cursor.rev}`;
    const url = `${this.#server.socketUrl}/api/v1/chats/${this.chatId}/connect${query}`;
    const line = await Line.open(url, this.#sender);
    await line.until("catch-up", (frames) => frames.find((f) => f.type === "CAUGHT_UP" || f.type === "SNAPSHOT"));
    return line;
  }

  /** Opens the sender's socket for all chats. */
  async hubLine(): Promise<Line> {
    const line = await Line.open(`${this.#server.socketUrl}/api/v1/ws`, this.#sender);
    await line.until("inbox", (frames) =>
      frames.find((f) => f.type === "INBOX_SNAPSHOT" || f.type === "INBOX_CHANGED"),
    );
    return line;
  }

  /** Sends messages on a socket and returns the answers, in their order. `wrap` makes the frame. */
  async sendAll(
    line: Line,
    written: readonly Written[],
    wrap: (frame: object) => object = (frame) => frame,
  ): Promise<Told[]> {
    const isAck = (f: DownFrame): f is DownFrame & MessageAck => f.type === "MESSAGE_ACK";
    const before = line.frames.length;
    for (const one of written) line.send(wrap({ type: "SEND_MESSAGE", chat_id: this.chatId, ...one }));
    const acks = await line.until(`${written.length} acknowledgements`, (frames) => {
      const all = frames.slice(before).filter(isAck);
      return all.length >= written.length ? all : undefined;
    });
    return written.map(({ client_msg_id }) => {
      const ack = acks.find((one) => one.client_msg_id === client_msg_id);
      if (ack === undefined) throw new Error(`${client_msg_id} was not acknowledged`);
      return { seq: ack.seq, message_id: ack.server_msg_id };
    });
  }

  /** The same through HTTP. */
  async postAll(written: readonly Written[]): Promise<Told[]> {
    const told: Told[] = [];
    for (const one of written) {
      const { seq, message_id } = await this.senderApi.send(this.chatId, one);
      told.push({ seq, message_id });
    }
    return told;
  }

  /** Fresh messages; a simple client says nothing of what it had seen. */
  async write(count: number, hasSeen: boolean): Promise<Written[]> {
    const { head_seq } = await this.ownerApi.history(this.chatId, "limit=1");
    return Array.from({ length: count }, (_, i) => ({
      client_msg_id: newClientMsgId(),
      ...(hasSeen ? { seen_seq: head_seq } : {}),
      content: { text: `repeated ${i}` },
    }));
  }
}

/** One way of repeating: what lies between the three times, by the doors it goes through. */
export interface Way {
  /** The rule of durable-objects/chat/SPEC.md that it proves. */
  rule: string;
  name: string;
  run(stage: RepeatStage, written: readonly Written[]): Promise<Told[][]>;
}

/** All ways. Those that end the sender's membership come on a stage of their own, as all do. */
export const WAYS: readonly Way[] = [
  {
    rule: "REP6",
    name: "at once, in one array of frames",
    async run(stage, written) {
      const line = await stage.chatLine();
      const frames = (one: Written) => ({ type: "SEND_MESSAGE", ...one });
      const before = line.frames.length;
      for (const one of written) line.send([frames(one), frames(one), frames(one)]);
      const acks = await line.until("acknowledgements", (all) => {
        const found = all.slice(before).flatMap((f) => (f.type === "MESSAGE_ACK" ? [f] : []));
        return found.length >= 3 * written.length ? found : undefined;
      });
      line.cut();
      const nth = (n: number) =>
        written.map(({ client_msg_id }) => {
          const ack = acks.filter((one) => one.client_msg_id === client_msg_id)[n];
          return { seq: ack?.seq ?? -1, message_id: ack?.server_msg_id ?? "" };
        });
      return [nth(0), nth(1), nth(2)];
    },
  },
  {
    rule: "REP1",
    name: "across reconnects",
    async run(stage, written) {
      const told: Told[][] = [];
      for (let time = 0; time < 3; time++) {
        const line = await stage.chatLine();
        told.push(await stage.sendAll(line, written));
        line.cut();
      }
      return told;
    },
  },
  {
    rule: "REP10",
    name: "by RETRY",
    async run(stage, written) {
      const line = await stage.chatLine();
      const wrap = (frame: object) => ({ type: "RETRY", original_message: frame });
      const told = [await stage.sendAll(line, written)];
      told.push(await stage.sendAll(line, written, wrap), await stage.sendAll(line, written, wrap));
      line.cut();
      return told;
    },
  },
  {
    rule: "REP1",
    name: "with a catch-up between that shows it",
    async run(stage, written) {
      const first = await stage.chatLine();
      const snapshot = await first.until("snapshot", (all) => all.find((f) => f.type === "SNAPSHOT"));
      const told = [await stage.sendAll(first, written)];
      first.cut();
      const second = await stage.chatLine({ epoch: snapshot.epoch, rev: snapshot.rev });
      const caughtUp = await second.until("catch-up", (all) => all.find((f) => f.type === "CAUGHT_UP"));
      const shown = new Set(caughtUp.messages?.map((message) => message.client_msg_id));
      if (written.some(({ client_msg_id }) => !shown.has(client_msg_id))) throw new Error("the catch-up has a hole");
      told.push(await stage.sendAll(second, written), await stage.sendAll(second, written));
      second.cut();
      return told;
    },
  },
  {
    rule: "REP4",
    name: "across kills",
    async run(stage, written) {
      const told: Told[][] = [];
      for (let time = 0; time < 3; time++) {
        const line = await stage.chatLine();
        told.push(await stage.sendAll(line, written));
        line.cut();
        if (time < 2) {
          await stage.server.kill();
          await stage.server.restart();
        }
      }
      return told;
    },
  },
  {
    rule: "REP10",
    name: "through HTTP",
    async run(stage, written) {
      return [await stage.postAll(written), await stage.postAll(written), await stage.postAll(written)];
    },
  },
  {
    rule: "REP10",
    name: "by three doors: chat socket, hub socket, HTTP",
    async run(stage, written) {
      const chat = await stage.chatLine();
      const told = [await stage.sendAll(chat, written)];
      chat.cut();
      const hub = await stage.hubLine();
      told.push(await stage.sendAll(hub, written), await stage.postAll(written));
      hub.cut();
      return told;
    },
  },
  {
    rule: "REP3",
    name: "after the message was deleted",
    async run(stage, written) {
      const line = await stage.chatLine();
      const told = [await stage.sendAll(line, written)];
      for (const { message_id } of told[0] ?? []) await stage.ownerApi.deleteMessage(message_id);
      told.push(await stage.sendAll(line, written), await stage.postAll(written));
      line.cut();
      return told;
    },
  },
  {
    rule: "REP2",
    name: "after the sender was removed",
    async run(stage, written) {
      const line = await stage.chatLine();
      const told = [await stage.sendAll(line, written)];
      line.cut();
      await stage.ownerApi.removeParticipant(stage.chatId, stage.senderId);
      told.push(await stage.postAll(written));
      await stage.server.evict("ChatObject", stage.chatId);
      told.push(await stage.postAll(written));
      return told;
    },
  },
];

/** Runs one way with some messages, with or without `seen_seq`; returns what is not as it must be. */
export async function proveRepeats(server: TestServer, way: Way, count: number, hasSeen: boolean): Promise<string[]> {
  const name = `r${WAYS.indexOf(way)}-${hasSeen ? "seen" : "blind"}-${newClientMsgId().slice(-8)}`;
  const stage = await RepeatStage.set(server, name);
  const written = await stage.write(count, hasSeen);
  const told = await way.run(stage, written);
  const wrong: string[] = [];
  const history = await stage.ownerApi.wholeHistory(stage.chatId);
  history.forEach((message, index) => {
    if (message.seq !== index + 1) wrong.push(`a hole before ${message.seq}`);
  });
  written.forEach(({ client_msg_id }, index) => {
    const answers = told.map((time) => time[index]?.seq);
    if (answers.length !== 3 || new Set(answers).size !== 1) wrong.push(`${client_msg_id} is ${answers.join(", ")}`);
    const rows = history.filter((message) => message.seq === answers[0]);
    if (rows.length !== 1) wrong.push(`${client_msg_id} has ${rows.length} rows`);
    const ids = told.map((time) => time[index]?.message_id);
    if (ids.some((id) => id !== messageId(stage.chatId, answers[0] ?? 0))) wrong.push(`ids ${ids.join(", ")}`);
  });
  // Counted by all rows of the sender, so that a copy without the id would be found too.
  const rows = history.filter((message) => message.sender_id === stage.senderId && message.message_type !== "system");
  if (rows.length !== count) wrong.push(`${count} messages, ${rows.length} rows`);
  return wrong;
}

/** The same id with another content must be refused, and change nothing. */
export async function proveReuse(server: TestServer, hasSeen: boolean): Promise<string[]> {
  const stage = await RepeatStage.set(server, `reuse-${hasSeen}-${newClientMsgId().slice(-8)}`);
  const [written] = await stage.write(1, hasSeen);
  if (written === undefined) return ["nothing was written"];
  await stage.postAll([written]);
  const before = await stage.ownerApi.wholeHistory(stage.chatId);
  const answer = await stage.postAll([{ ...written, content: { text: "something else" } }]).then(
    () => "accepted",
    (error: unknown) => (error instanceof ApiError ? error.code : String(error)),
  );
  const after = await stage.ownerApi.wholeHistory(stage.chatId);
  const wrong = answer === "id_reused" ? [] : [`the answer is ${answer}`];
  return JSON.stringify(before) === JSON.stringify(after) ? wrong : [...wrong, "something was changed"];
}
