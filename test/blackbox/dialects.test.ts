import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { startServer, type TestServer } from "../harness/server.ts";
import { Api } from "../proofs/api.ts";
import { mintPeople, type SignedIn } from "../proofs/people.ts";

type Frame = Record<string, unknown> & { type: string };

/**
 * A client that was written from a list of frames alone: it knows their names and the fields named there, reads JSON,
 * and takes no arrays, no cursors and no sub-protocols. Deliberately without a line of `src/protocol`.
 */
class ListClient {
  readonly frames: Frame[] = [];
  readonly #socket: WebSocket;
  readonly #checks = new Set<() => void>();

  constructor(url: string) {
    this.#socket = new WebSocket(url);
    this.#socket.on("message", (data) => {
      const frame: unknown = JSON.parse(String(data));
      if (Array.isArray(frame)) throw new Error("an array reached a client that never asked for one");
      this.frames.push(frame as Frame);
      for (const check of [...this.#checks]) check();
    });
  }

  async opened(): Promise<void> {
    await new Promise((resolve, reject) => this.#socket.once("open", resolve).once("error", reject));
  }

  send(frame: Frame): void {
    this.#socket.send(JSON.stringify(frame));
  }

  close(): void {
    this.#socket.close();
  }

  /** The first frame that fits, waited for. */
  next(type: string, fits: (frame: Frame) => boolean = () => true): Promise<Frame> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#checks.delete(check);
        reject(new Error(`no ${type}; there were ${JSON.stringify(this.frames)}`));
      }, 20_000);
      const check = () => {
        const found = this.frames.find((frame) => frame.type === type && fits(frame));
        if (!found) return;
        clearTimeout(timer);
        this.#checks.delete(check);
        resolve(found);
      };
      this.#checks.add(check);
      check();
    });
  }
}

const messageIn = (frame: Frame) => (frame.message ?? {}) as Record<string, unknown>;
const says = (text: string) => (frame: Frame) => JSON.stringify(messageIn(frame)).includes(text);

let server: TestServer;
let people: SignedIn[];
beforeAll(async () => {
  server = await startServer({});
  people = await mintPeople(server, ["ada", "bela"]);
});
afterAll(() => server.stop());

function pair(): { ada: SignedIn; bela: SignedIn } {
  const [ada, bela] = people;
  if (!ada || !bela) throw new Error("two people");
  return { ada, bela };
}

/** A client of, signed in. */
async function upperClient(path: string, person: SignedIn, device: string): Promise<ListClient> {
  const client = new ListClient(server.socketUrl + path);
  await client.opened();
  client.send({ type: "CONNECT", user_id: person.user_id, token: person.access_token, device_id: device });
  const connected = await client.next("CONNECTED");
  expect(connected.session_id).toBe(person.session_id);
  expect(Math.abs(Date.parse(String(connected.server_time)) - Date.now())).toBeLessThan(60_000);
  return client;
}

/** A client of, signed in. */
async function lowerClient(path: string, person: SignedIn): Promise<ListClient> {
  const client = new ListClient(server.socketUrl + path);
  await client.opened();
  client.send({ type: "auth", token: person.access_token });
  await client.next("auth_success");
  return client;
}

describe("dialects", () => {
  it("DOR7 a client of R-188 to R-201 holds a conversation", async () => {
    const { ada, bela } = pair();
    const { chat } = await new Api(server.url, ada).createChat({
      chat_type: "group",
      chat_name: "Upper",
      participants: [bela.user_id],
    });
    const [one, two] = [await upperClient("/api/chat/connect", ada, "desk"), await upperClient("/ws", bela, "phone")];

    one.send({ type: "PING", timestamp: 1_234 });
    const pong = await one.next("PONG");
    expect(pong.timestamp).toBe(1_234);
    expect(pong.server_time).toBeDefined();

    // The list names `content` and `client_msg_id`, or `temp_id` in their place.
    one.send({ type: "SEND_MESSAGE", chat_id: chat.chat_id, content: "first words", client_msg_id: "c1" });
    const ack = await one.next("MESSAGE_ACK", (f) => f.client_msg_id === "c1");
    expect(ack.server_msg_id).toBeDefined();
    expect(ack.timestamp).toMatch(/Z$/);
    const arrived = await two.next("MESSAGE_RECEIVED", says("first words"));
    expect(messageIn(arrived).message_id).toBe(ack.server_msg_id);
    two.send({
      type: "SEND_MESSAGE",
      chat_id: chat.chat_id,
      message_type: "text",
      content: "an answer",
      temp_id: "t1",
    });
    await two.next("MESSAGE_ACK", (f) => f.client_msg_id === "t1");
    await one.next("MESSAGE_RECEIVED", says("an answer"));

    // the very same again is one message, and gets the first answer.
    const original = { type: "SEND_MESSAGE", chat_id: chat.chat_id, content: "first words", client_msg_id: "c1" };
    one.frames.length = 0;
    one.send({ type: "RETRY", original_message: original });
    expect(await one.next("MESSAGE_ACK")).toEqual(ack);

    one.send({ type: "TYPING_START", chat_id: chat.chat_id });
    await two.next("TYPING", (f) => f.is_typing === true);
    one.send({ type: "TYPING_STOP", chat_id: chat.chat_id });
    await two.next("TYPING", (f) => f.is_typing === false);

    two.send({ type: "MESSAGE_READ", chat_id: chat.chat_id, message_id: ack.server_msg_id });
    await one.next("RECEIPTS_CHANGED", (f) => JSON.stringify(f).includes(bela.user_id));

    two.send({ type: "PRESENCE_UPDATE", status: "away", activity: "reading" });
    const presence = await two.next("PRESENCE_BROADCAST", (f) => f.status === "away");
    expect(presence).toMatchObject({ user_id: bela.user_id });
    expect(presence.timestamp).toMatch(/Z$/);

    one.send({ type: "SEND_MESSAGE", chat_id: chat.chat_id, content: "", client_msg_id: "c2" });
    const error = await one.next("ERROR");
    expect(error).toMatchObject({ code: "invalid", client_msg_id: "c2" });
    expect(typeof error.message).toBe("string");

    const { messages } = await new Api(server.url, ada).history(chat.chat_id, "limit=100");
    expect(messages.filter((m) => m.message_type === "text")).toHaveLength(2);
    one.close();
    two.close();
  });

  it("DOR7 PRS13 a client of R-202 to R-208 holds a conversation, also with one of the other list", async () => {
    const { ada, bela } = pair();
    const two = await lowerClient("/ws", bela);
    const { chat } = await new Api(server.url, ada).createChat({ chat_type: "direct", participants: [bela.user_id] });
    const one = await upperClient("/chat", ada, "desk");

    // The chat is new to the second: its first message reaches a client that knows nothing of inboxes.
    one.send({ type: "SEND_MESSAGE", chat_id: chat.chat_id, content: "hello below", client_msg_id: "d1" });
    const arrived = await two.next("new_message", says("hello below"));
    expect(arrived.chat_id).toBe(chat.chat_id);

    two.send({
      type: "send_message",
      chat_id: chat.chat_id,
      message_type: "text",
      content: "hello above",
      temp_id: "tmp-1",
      extra: 1,
    });
    await one.next("MESSAGE_RECEIVED", says("hello above"));
    await two.next("new_message", says("hello above"));
    await two.next("message_delivered", (f) => JSON.stringify(f).includes(ada.user_id));

    one.send({ type: "TYPING_START", chat_id: chat.chat_id });
    await two.next("user_typing", (f) => f.user_id === ada.user_id && f.is_typing === true);
    one.send({ type: "PRESENCE_UPDATE", status: "busy" });
    await two.next("presence_update", (f) => f.user_id === ada.user_id && f.status === "busy");

    // A second device that joins is given what was said.
    const late = await lowerClient("/api/v1/chat/connect", bela);
    late.send({ type: "join_chat", chat_id: chat.chat_id });
    await late.next("new_message", says("hello below"));
    await late.next("new_message", says("hello above"));
    one.send({ type: "SEND_MESSAGE", chat_id: chat.chat_id, content: "and now", client_msg_id: "d2" });
    for (const client of [late, two]) await client.next("new_message", says("and now"));
    expect(two.frames.filter((f) => f.type === "new_message")).toHaveLength(3);

    two.send({ type: "send_message", chat_id: chat.chat_id, content: "", temp_id: "tmp-2" });
    expect(await two.next("error")).toMatchObject({ code: "invalid", temp_id: "tmp-2" });
    for (const client of [one, two, late]) client.close();
  });
});
