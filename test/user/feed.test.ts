import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { UserObject } from "../../durable-objects/user/user-object.ts";
import { FRAME_CHARS } from "../../src/protocol/limits.ts";
import { chatStub, connect, draft, makeDirect, makeGroup, person } from "../chat/room.ts";
import { bumpOf, connectHub, faultOf, hubStub, newGroup, prepare } from "./hub.ts";

beforeAll(prepare);

function people() {
  return { ada: person("Ada"), bela: person("Bela"), cleo: person("Cleo") };
}

const isSubscribed = (userId: string) =>
  runInDurableObject(hubStub(userId), (object: UserObject) =>
    [...object.hub.sockets.entries()].every(([, state]) => state.feed === "inbox" || state.is_subscribed),
  );

const texts = (device: Awaited<ReturnType<typeof connectHub>>) =>
  device
    .of("MESSAGE_RECEIVED")
    .map((f) => (f.message.content && "text" in f.message.content ? f.message.content.text : "-"));

describe("all chats over one socket", () => {
  it("FED1 FED2 FED5 brings the news of every chat, as arrays only to those who chose them", async () => {
    const { ada, bela } = people();
    const chats = [await makeGroup([ada, bela]), await makeGroup([bela, ada])];
    for (const { stub } of chats) await stub.send(ada.user_id, draft("before"));
    const listed = async () => (await hubStub(bela.user_id).inbox({ limit: 9 })).chats.length;
    await expect.poll(listed).toBe(2);
    const arrays = await connectHub(bela.user_id, { feed: "all" });
    const plain = await connectHub(bela.user_id, { feed: "all", isBatching: false });
    const inbox = await connectHub(bela.user_id);
    await expect.poll(() => isSubscribed(bela.user_id)).toBe(true);
    await evictDurableObject(hubStub(bela.user_id));
    const devices = await Promise.all(chats.map(({ chatId }) => connect(chatId, ada.user_id)));
    for (const [i, device] of devices.entries())
      for (let n = 0; n < 20; n++) device.send({ type: "SEND_MESSAGE", ...draft(`chat ${i} message ${n}`, 1) });
    for (const device of [arrays, plain]) {
      await device.until(() => texts(device).filter((t) => t.startsWith("chat")).length === 40, "40 messages");
      for (const i of [0, 1])
        expect(texts(device).filter((t) => t.startsWith(`chat ${i}`))).toEqual(
          Array.from({ length: 20 }, (_, n) => `chat ${i} message ${n}`),
        );
    }
    expect(plain.raw.some((data) => data.startsWith("["))).toBe(false);
    await inbox.settle();
    expect(texts(inbox)).toEqual([]);
  });

  it("FED1 asks again, by the alarm, for a chat that could not be asked", async () => {
    const { ada, bela } = people();
    const { stub } = await makeGroup([ada, bela]);
    await stub.send(ada.user_id, draft("before"));
    const hub = hubStub(bela.user_id);
    await expect.poll(async () => (await hub.inbox({ limit: 9 })).chats.length).toBe(1);
    await runInDurableObject(hub, (object: UserObject) => {
      object.hub.peers.chat = () => Promise.reject(new Error("no network"));
    });
    const device = await connectHub(bela.user_id, { feed: "all" });
    await device.settle();
    expect(await isSubscribed(bela.user_id)).toBe(false);
    await evictDurableObject(hub);
    await runDurableObjectAlarm(hub);
    await expect.poll(() => isSubscribed(bela.user_id)).toBe(true);
    await stub.send(ada.user_id, draft("after"));
    await device.until(() => texts(device).includes("after"));
  });

  it("FED3 says when nobody listens any more, so that the chat stops", async () => {
    const { ada, bela } = people();
    const { chatId, stub } = await makeGroup([ada, bela]);
    await stub.send(ada.user_id, draft("before"));
    const hub = hubStub(bela.user_id);
    await expect.poll(async () => (await hub.inbox({ limit: 9 })).chats.length).toBe(1);
    const device = await connectHub(bela.user_id, { feed: "all" });
    await expect.poll(() => isSubscribed(bela.user_id)).toBe(true);
    expect(await hub.deliver(chatId, ['{"type":"TYPING"}'])).toBe(true);
    device.close();
    await expect.poll(() => hub.deliver(chatId, ['{"type":"TYPING"}'])).toBe(false);
    await connectHub(bela.user_id);
    expect(await hub.deliver(chatId, ['{"type":"TYPING"}'])).toBe(false);
  });

  it("FED4 plays a chat that appears from its first message to clients without cursors, in order, nothing twice", async () => {
    const { ada, bela } = people();
    const plain = await connectHub(bela.user_id, { feed: "all", isBatching: false });
    const arrays = await connectHub(bela.user_id, { feed: "all" });
    await plain.settle();
    const { stub } = await makeDirect(ada, bela);
    for (let n = 0; n < 30; n++) await stub.send(ada.user_id, draft(`m${n}`));
    const expected = Array.from({ length: 30 }, (_, n) => `m${n}`);
    await plain.until(() => texts(plain).includes("m29"));
    expect(texts(plain)).toEqual(expected);
    await arrays.until(() => arrays.of("INBOX_CHANGED").length > 0);
    expect(texts(arrays).length).toBeLessThanOrEqual(30);
  });

  it("FED6 leaves no hole and nothing twice between CONNECTED and the subscription, whatever the chat says meanwhile", async () => {
    const { ada, bela } = people();
    const { chatId, stub } = await makeGroup([ada, bela]);
    for (let n = 0; n < 5; n++) await stub.send(ada.user_id, draft("long before"));
    await expect.poll(async () => (await hubStub(bela.user_id).inbox({ limit: 9 })).chats.length).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const sender = await connect(chatId, ada.user_id);
    const older = await connectHub(bela.user_id, { feed: "all", isBatching: false });
    await expect.poll(() => isSubscribed(bela.user_id)).toBe(true);
    const already = new Set(Array.from({ length: 20 }, (_, n) => `m${n}`));
    let isSending = true;
    let sent = 0;
    const sending = (async () => {
      while (isSending) {
        sender.send({ type: "SEND_MESSAGE", ...draft(`m${sent++}`, 1) });
        await sender.next("MESSAGE_ACK", sent);
      }
    })();
    await older.until(() => texts(older).length >= already.size);
    // Its subscription is the older one's: held back and asked for all the same.
    const plain = await connectHub(bela.user_id, { feed: "all", isBatching: false });
    await plain.next("CONNECTED");
    const afterwards = sent;
    await plain.until(() => texts(plain).includes(`m${afterwards + 10}`));
    isSending = false;
    await sending;
    for (const device of [older, plain]) {
      await device.until(() => texts(device).includes(`m${sent - 1}`));
      const numbers = texts(device).map((text) => Number(text.slice(1)));
      const [first = 0] = numbers;
      expect(numbers).toEqual(Array.from({ length: sent - first }, (_, n) => first + n));
      expect(first).toBeLessThanOrEqual(afterwards);
    }
  });

  it("FED6 sends what came before the subscription took hold", async () => {
    const { ada, bela } = people();
    const { chatId, stub } = await makeGroup([ada, bela]);
    await stub.send(ada.user_id, draft("long before"));
    const hub = hubStub(bela.user_id);
    await expect.poll(async () => (await hub.inbox({ limit: 9 })).chats.length).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await runInDurableObject(hub, (object: UserObject) => {
      const ask = object.hub.peers.chat.bind(object.hub.peers);
      object.hub.peers.chat = (async (id: string, call: Parameters<typeof ask>[1]) => {
        await new Promise((resolve) => setTimeout(resolve, 200));
        return ask(id, call);
      }) as typeof object.hub.peers.chat;
    });
    const plain = await connectHub(bela.user_id, { feed: "all", isBatching: false });
    await plain.next("CONNECTED");
    await stub.send(ada.user_id, draft("into the gap"));
    await plain.until(() => texts(plain).includes("into the gap"));
    await stub.send(ada.user_id, draft("live"));
    await plain.until(() => texts(plain).includes("live"));
    expect(texts(plain)).toEqual(["into the gap", "live"]);
    expect(chatId).toBeDefined();
  });

  it("FED4 plays nothing from before the owner joined", async () => {
    const { ada, bela, cleo } = people();
    const { stub } = await makeGroup([ada, cleo]);
    await stub.send(ada.user_id, draft("not for Bela's ears"));
    const plain = await connectHub(bela.user_id, { feed: "all", isBatching: false });
    await plain.settle();
    await new Promise((resolve) => setTimeout(resolve, 5));
    await stub.addMembers(ada.user_id, [bela]);
    await stub.send(ada.user_id, draft("welcome"));
    await plain.until(() => texts(plain).includes("welcome"));
    expect(texts(plain)).not.toContain("not for Bela's ears");
    expect(texts(plain).filter((t) => t === "welcome")).toHaveLength(1);
  });
});

describe("frames upward", () => {
  it("UPL1 sends, reads and types through the hub, and is answered in order", async () => {
    const { ada, bela } = people();
    const { chatId } = await makeGroup([ada, bela]);
    const device = await connectHub(ada.user_id);
    const chat = await connect(chatId, bela.user_id);
    for (let n = 0; n < 50; n++) device.send({ type: "SEND_MESSAGE", chat_id: chatId, ...draft(`m${n}`, 1) });
    await device.next("MESSAGE_ACK", 50);
    expect(device.of("MESSAGE_ACK").map((a) => a.seq)).toEqual(Array.from({ length: 50 }, (_, n) => n + 2));
    await chat.next("MESSAGE_RECEIVED", 50);
    device.send({ type: "TYPING_START", chat_id: chatId });
    expect(await chat.next("TYPING")).toMatchObject({ user_id: ada.user_id, is_typing: true });
    device.send({ type: "CATCH_UP", chat_id: chatId });
    expect(await device.next("SNAPSHOT")).toMatchObject({ chat_id: chatId, head_seq: 51 });
    const [first] = device.of("MESSAGE_ACK");
    device.send({ type: "DELETE_MESSAGE", message_id: first?.server_msg_id ?? "" });
    await chat.next("MESSAGES_CHANGED");
  });

  it("UPL1 answers in the order of the frames, also when the chat is done with a later one first", async () => {
    const { ada } = people();
    const { chatId } = await makeGroup([ada]);
    const device = await connectHub(ada.user_id);
    await device.settle();
    await runInDurableObject(hubStub(ada.user_id), (object: UserObject) => {
      let calls = 0;
      object.hub.peers.chat = (async () => {
        const isFirst = calls++ === 0;
        if (isFirst) await new Promise((resolve) => setTimeout(resolve, 100));
        return [JSON.stringify({ type: "PONG", timestamp: isFirst ? 1 : 2 })];
      }) as unknown as typeof object.hub.peers.chat;
    });
    for (let n = 0; n < 2; n++) device.send({ type: "TYPING_START", chat_id: chatId });
    await device.next("PONG", 3);
    expect(device.of("PONG").map((pong) => pong.timestamp)).toEqual(["mark 1", 1, 2]);
  });

  it("UPL1 UPL2 answers what has no chat, and what a chat refuses, and stays open", async () => {
    const { ada, bela, cleo } = people();
    const { chatId, stub } = await makeGroup([ada, bela]);
    const device = await connectHub(cleo.user_id);
    device.send({ type: "TYPING_START" });
    expect(await device.next("ERROR")).toMatchObject({ code: "invalid" });
    const message = draft("let me in");
    device.send({ type: "SEND_MESSAGE", chat_id: chatId, ...message });
    expect(await device.next("ERROR", 2)).toMatchObject({
      code: "not_found",
      chat_id: chatId,
      client_msg_id: message.client_msg_id,
    });
    await stub.removeMember(ada.user_id, bela.user_id);
    const removed = await connectHub(bela.user_id);
    removed.send({ type: "SEND_MESSAGE", chat_id: chatId, ...draft("still here?") });
    expect(await removed.next("ERROR")).toMatchObject({ chat_id: chatId });
    await removed.settle();
    expect(removed.closed).toBeUndefined();
  });

  it("UPL2 says `unavailable` for a chat that cannot be reached, never why", async () => {
    const { ada } = people();
    const { chatId } = await makeGroup([ada]);
    const device = await connectHub(ada.user_id);
    await runInDurableObject(hubStub(ada.user_id), (object: UserObject) => {
      object.hub.peers.chat = () => Promise.reject(new Error("the inside"));
    });
    const message = draft("hello");
    device.send({ type: "SEND_MESSAGE", chat_id: chatId, ...message });
    const error = await device.next("ERROR");
    expect(error).toMatchObject({ code: "unavailable", client_msg_id: message.client_msg_id });
    expect(JSON.stringify(error)).not.toContain("inside");
  });

  it("UPL3 answers every invalid frame and closes after fifty", async () => {
    const { ada } = people();
    const device = await connectHub(ada.user_id);
    for (let n = 0; n < 51; n++) device.send(n % 2 ? "{" : { type: "PING", extra: 1 });
    expect(await device.until(() => device.closed)).toMatchObject({ code: 1008 });
    expect(device.of("ERROR")).toHaveLength(51);
    const large = await connectHub(ada.user_id);
    large.send("x".repeat(FRAME_CHARS + 1));
    expect(await large.until(() => large.closed)).toMatchObject({ code: 1009 });
    expect(large.of("ERROR")).toMatchObject([{ code: "too_large" }]);
  });

  it("UPL4 refuses frames above the limit with the seconds to wait", async () => {
    const { ada } = people();
    const device = await connectHub(ada.user_id);
    for (let n = 0; n < 4_000; n++) device.send({ type: "ACKNOWLEDGE_INBOX", rev: 0 });
    const error = await device.next("ERROR");
    expect(error.code).toBe("rate_limited");
    expect(error.retry_after).toBeGreaterThan(0);
  });

  it("UPL4 gives nobody a new beginning for a reconnect, and holds nobody else", async () => {
    const { ada, bela } = people();
    const device = await connectHub(ada.user_id);
    for (let n = 0; n < 4_000; n++) device.send({ type: "ACKNOWLEDGE_INBOX", rev: 0 });
    await device.next("ERROR");
    const refused = async (who: string): Promise<number> => {
      const again = await connectHub(who);
      for (let n = 0; n < 500; n++) again.send({ type: "ACKNOWLEDGE_INBOX", rev: 0 });
      again.send("{");
      await again.until(() => again.of("ERROR").some((error) => error.code === "invalid"), "the end");
      return again.of("ERROR").filter((error) => error.code === "rate_limited").length;
    };
    expect(await refused(ada.user_id)).toBeGreaterThan(0);
    expect(await refused(bela.user_id)).toBe(0);
  });

  it("UPL5 answers `internal` for what nobody foresaw", async () => {
    const { ada } = people();
    const device = await connectHub(ada.user_id);
    await device.settle();
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    await runInDurableObject(hubStub(ada.user_id), (object: UserObject) => {
      object.hub.store.present = () => {
        throw new Error("SQLITE: the inside");
      };
    });
    device.send({ type: "CATCH_UP_INBOX" });
    const error = await device.next("ERROR");
    expect(error).toEqual({ type: "ERROR", code: "internal", message: "Something went wrong on our side." });
    await device.settle();
    const lines = log.mock.calls.map(([line]) => JSON.parse(String(line)));
    log.mockRestore();
    expect(lines).toMatchObject([{ level: "error", where: "hub, a frame", message: "SQLITE: the inside" }]);
  });

  it("UPL6 answers a PING with its timestamp and the server's time", async () => {
    const { ada } = people();
    const device = await connectHub(ada.user_id);
    device.send({ type: "PING", timestamp: 12 });
    const pong = await device.next("PONG");
    expect(pong.timestamp).toBe(12);
    expect(pong.server_time).toMatch(/Z$/);
  });

  it("UPL7 closes a reader that acknowledges and falls far behind", async () => {
    const { ada } = people();
    const { chatId } = await makeGroup([ada]);
    const [slow, silent] = [await connectHub(ada.user_id), await connectHub(ada.user_id)];
    await slow.next("CONNECTED");
    slow.send({ type: "ACKNOWLEDGE_INBOX", rev: 1 });
    await slow.settle();
    await runInDurableObject(hubStub(ada.user_id), (object: UserObject) => {
      for (let n = 0; n < 10_001; n++) object.hub.nextRev();
    });
    await chatStub(chatId).send(ada.user_id, draft("hello"));
    expect(await slow.until(() => slow.closed)).toMatchObject({ code: 4408 });
    await silent.settle();
  });

  it("DOR6 takes no caller from anybody who is not the Worker: without its headers there is no socket", async () => {
    const { ada } = people();
    const answer = await hubStub(ada.user_id).fetch("https://parley/api/v1/ws", { headers: { upgrade: "websocket" } });
    expect(answer.webSocket).toBeNull();
    expect(await faultOf(async () => answer.status)).toBe(426);
  });
});

describe("delivered", () => {
  const delivered = async (chatId: string, by: string, of: string) =>
    (await chatStub(chatId).view(by)).receipts.find((r) => r.user_id === of)?.delivered_seq;

  it("DLV1 DLV2 tells the chat that the devices have its messages, once per batch, and nothing that was read", async () => {
    const { ada, bela } = people();
    const { chatId, stub } = await makeGroup([ada, bela]);
    const device = await connectHub(bela.user_id);
    const told: number[] = [];
    await runInDurableObject(hubStub(bela.user_id), (object: UserObject) => {
      const chat = object.hub.peers.chat.bind(object.hub.peers);
      object.hub.peers.chat = ((id: string, ask: Parameters<typeof chat>[1]) =>
        chat(id, (asked) =>
          ask(
            new Proxy(asked, {
              // Only these: the hub asks chats other things as well, when it comes to it.
              get: (target, name) =>
                name === "markDelivered"
                  ? (by: string, seq: number) => {
                      told.push(seq);
                      return target.markDelivered(by, seq);
                    }
                  : Reflect.get(target, name),
            }),
          ),
        )) as typeof object.hub.peers.chat;
    });
    for (let n = 0; n < 3; n++) await stub.send(ada.user_id, draft(`m${n}`));
    const news = await device.until(() => device.of("INBOX_CHANGED").find((f) => f.entries[0]?.head_seq === 4));
    await hubStub(bela.user_id).bump(bumpOf(newGroup(), 7, { read_seq: 7, unread: 0 }));
    const { rev } = await device.until(() => device.of("INBOX_CHANGED").find((f) => f.rev > news.rev));
    told.length = 0;
    device.send({ type: "ACKNOWLEDGE_INBOX", rev: news.rev });
    device.send({ type: "ACKNOWLEDGE_INBOX", rev });
    await expect.poll(() => delivered(chatId, ada.user_id, bela.user_id), { timeout: 25_000 }).toBe(4);
    expect(told).toEqual([4]);
    await evictDurableObject(hubStub(bela.user_id));
    const kept = await runInDurableObject(hubStub(bela.user_id), (object: UserObject) =>
      [...object.hub.sockets.entries()].map(([, state]) => state.delivered_rev),
    );
    expect(kept).toEqual([rev]);
  });

  it("DLV3 takes a cursor restated at attach for an acknowledgement, and refuses one that is ahead", async () => {
    const { ada, bela } = people();
    const { chatId, stub } = await makeGroup([ada, bela]);
    await stub.send(ada.user_id, draft("hello"));
    const first = await connectHub(bela.user_id);
    const news = await first.until(() =>
      [...first.of("INBOX_SNAPSHOT"), ...first.of("INBOX_CHANGED")].find((f) => f.entries[0]?.head_seq === 2),
    );
    first.send({ type: "ACKNOWLEDGE_INBOX", rev: news.rev + 1 });
    expect(await first.next("ERROR")).toMatchObject({ code: "seq_ahead" });
    await connectHub(bela.user_id, { cursor: { epoch: news.epoch, rev: news.rev } });
    await expect.poll(() => delivered(chatId, ada.user_id, bela.user_id), { timeout: 25_000 }).toBe(2);
  });
});
