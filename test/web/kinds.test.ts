import type { TFunction } from "i18next";
import { describe, expect, it } from "vitest";
import type { Preview } from "../../src/protocol/chat.ts";
import type { SendableContent, SendableType } from "../../src/protocol/content.ts";
import type { Message } from "../../src/protocol/message.ts";
import { previewWords } from "../../web/app/message-words.ts";
import { MemoryStore } from "../../web/store/memory-store.ts";
import { composerOf } from "./composing.ts";
import { Device } from "./device.ts";
import { settle } from "./manual-clock.ts";
import { BELA, CHAT, ME, message, messages, received, snapshot } from "./sample-chat.ts";

const started = async (rows: Message[] = messages(1, 3)) => {
  const device = new Device();
  await device.start();
  const socket = await device.open(rows);
  const composer = composerOf(device);
  return { device, socket, composer };
};

/** Of three messages by others. */
const NO_STATES = [undefined, undefined, undefined];
const PLACE = { latitude: 47.4979, longitude: 19.0402, accuracy_m: 20, label: "Parliament" };
const CARD = { name: "Cleo", phone: "+36 1 234 5678" };
const POLL = { question: "When?", options: ["Now", "Later"], is_multiple: true };

describe("what a message may say", () => {
  it("KND1 draws every kind from its row", async () => {
    const { device } = await started([
      message(1, 1, { message_type: "location", content: PLACE }),
      message(2, 2, { message_type: "contact", content: CARD }),
      message(3, 3, { message_type: "sticker", content: { sticker_id: "hello" } }),
      message(4, 4, { message_type: "poll", content: POLL }),
      message(5, 5, {
        content: { text: "look, @Ada", mentions: [{ offset: 6, length: 4, user_id: ME }] },
        link_preview: { url: "https://parley.example/", title: "Parley" },
      }),
    ]);
    const rows = device.view().messages;
    expect(rows.map((row) => row.kind)).toEqual(["location", "contact", "sticker", "poll", "text"]);
    expect(rows[0]?.location).toEqual(PLACE);
    expect(rows[1]?.contact).toEqual(CARD);
    expect(rows[2]?.sticker_id).toBe("hello");
    expect(rows[3]?.poll).toMatchObject({ question: "When?", is_multiple: true, is_anonymous: false, voter_count: 0 });
    expect(rows[4]).toMatchObject({
      mentions: [{ offset: 6, length: 4, user_id: ME }],
      is_mention: true,
      link_preview: { title: "Parley" },
    });
  });

  it("KND2 sends every kind, painted from composing on, and the very same after a cut and a restart", async () => {
    const { device, socket, composer } = await started();
    const said: [SendableType, SendableContent][] = [
      ["location", PLACE],
      ["contact", CARD],
      ["poll", POLL],
      ["sticker", { sticker_id: "hello" }],
    ];
    socket.end();
    for (const [type, content] of said) await composer.message(type, content, { expires_in_s: 60 });
    await composer.message(
      "text",
      { text: "@Bela see above", mentions: [{ offset: 0, length: 5, user_id: BELA }] },
      { reply_to: 2, expires_in_s: 5 },
    );
    await settle();
    expect(
      device
        .view()
        .messages.slice(3)
        .map((row) => row.kind),
    ).toEqual(["location", "contact", "poll", "sticker", "text"]);
    device.engine.stop();
    const again = new Device({ store: device.store });
    await again.start();
    const second = await again.open(messages(1, 3), 3);
    for (let i = 0; i < 5; i++) {
      const frame = second.of("SEND_MESSAGE").at(-1);
      second.say({
        type: "MESSAGE_ACK",
        chat_id: CHAT,
        client_msg_id: frame?.client_msg_id ?? "",
        server_msg_id: `${CHAT}.${4 + i}`,
        seq: 4 + i,
        timestamp: "2026-01-01T00:00:00.000Z",
      });
      await settle();
    }
    const frames = second.of("SEND_MESSAGE");
    expect(frames.map((frame) => [frame.message_type, frame.content])).toEqual([
      ...said,
      ["text", { text: "@Bela see above", mentions: [{ offset: 0, length: 5, user_id: BELA }] }],
    ]);
    expect(frames.map((frame) => frame.expires_in_s)).toEqual([60, 60, 60, 60, 5]);
    expect(frames.at(-1)?.reply_to_message_id).toBe(`${CHAT}.2`);
  });

  it("KND2 refuses what is not of its kind before anything is written", async () => {
    const { device, composer } = await started();
    await expect(composer.message("poll", { question: "?", options: ["one"] })).rejects.toMatchObject({
      code: "invalid",
    });
    await expect(composer.message("text", PLACE)).rejects.toMatchObject({ code: "invalid" });
    await expect(composer.message("text", { text: "ä".repeat(40_000) })).rejects.toMatchObject({ code: "too_large" });
    expect(await device.store.loadOutbox()).toEqual([]);
  });

  it("KND2 keeps a mention at its words when the text is composed anew", async () => {
    const { device, composer } = await started();
    // A decomposed e with an accent before the name, and one within it.
    const text = "cafe\u0301 @Rene\u0301e";
    await composer.message("text", { text, mentions: [{ offset: 6, length: 7, user_id: BELA }] });
    const [row] = await device.store.loadOutbox();
    expect(row?.text).toBe("café @Renée");
    expect(row?.mentions).toEqual([{ offset: 5, length: 6, user_id: BELA }]);
  });

  it("KND3 says in one line what a place, a card or a poll is, in quotes and in the list", async () => {
    const { device, socket } = await started([
      message(1, 1, { message_type: "poll", content: POLL }),
      message(2, 2, { reply_to_message_id: `${CHAT}.1` }),
    ]);
    expect(device.view().messages[1]?.reply_to).toMatchObject({ kind: "poll", text: "When?", sender_id: BELA });
    socket.say(received(message(3, 3, { message_type: "location", content: PLACE })));
    await settle();
    expect(device.list.lines[0]?.preview).toMatchObject({ message_type: "location", text: "Parliament" });
  });

  it("KND3 what was deleted has no line of its kind, also where that has no words of its own", async () => {
    const words = (line: Preview | undefined): string =>
      line ? previewWords(((key: string) => key) as TFunction, line) : "?";
    const sticker = message(1, 1, { message_type: "sticker", content: { sticker_id: "hello" } });
    const { device, socket } = await started([sticker]);
    expect(words(device.list.lines[0]?.preview)).toBe("kind.sticker");
    const gone = { ...sticker, content: null, rev: 2, deleted_at: sticker.created_at };
    socket.say({ type: "MESSAGES_CHANGED", chat_id: CHAT, base: 1, rev: 2, messages: [gone] });
    await settle();
    expect(device.list.lines[0]?.preview?.is_deleted).toBe(true);
    expect(words(device.list.lines[0]?.preview)).toBe("");
  });

  it("KND4 an edit keeps the people it names", async () => {
    const own = message(3, 3, { sender_id: ME, client_msg_id: "own-3" });
    const { device, socket, composer } = await started([...messages(1, 2), own]);
    await composer.edit(3, "ask @Bela", 3, [{ offset: 4, length: 5, user_id: BELA }]);
    await settle();
    expect(device.view().messages[2]).toMatchObject({
      text: "ask @Bela",
      mentions: [{ offset: 4, length: 5, user_id: BELA }],
    });
    expect(socket.of("EDIT_MESSAGE")[0]?.content).toEqual({
      text: "ask @Bela",
      mentions: [{ offset: 4, length: 5, user_id: BELA }],
    });
  });
});

describe("commands on what is still queued", () => {
  const offline = async () => {
    const store = new MemoryStore();
    const device = new Device({ store });
    await device.start();
    const socket = await device.open(messages(1, 3));
    socket.end();
    const composer = composerOf(device);
    await composer.message("text", { text: "mine" });
    await settle();
    const id = device.view().messages.at(-1)?.client_msg_id ?? "";
    return { device, composer, id };
  };
  const back = async (device: Device) => {
    const again = new Device({ store: device.store });
    device.engine.stop();
    await again.start();
    const socket = await again.open(messages(1, 3), 3);
    return { again, socket };
  };
  const ack = (id: string, seq: number) => ({
    type: "MESSAGE_ACK" as const,
    chat_id: CHAT,
    client_msg_id: id,
    server_msg_id: `${CHAT}.${seq}`,
    seq,
    timestamp: "2026-01-01T00:00:10.000Z",
  });

  it("REF1 paints them at once, and sends them with the number that the acknowledgement gives, also after a restart", async () => {
    const { device, composer, id } = await offline();
    await composer.edit(id, "mine, better", 0);
    await composer.command("command", { type: "SET_REACTION", emoji: "👍", is_set: true }, id);
    await composer.command("command", { type: "SET_PIN", is_pinned: true }, id);
    await composer.message("text", { text: "about that" }, { reply_to: id });
    await settle();
    const painted = device.view().messages;
    expect(painted.at(-2)).toMatchObject({ text: "mine, better", is_pinned: true, reactions: [{ count: 1 }] });
    expect(painted.at(-1)?.reply_to).toMatchObject({ seq: 0, kind: "text", text: "mine, better" });
    const { again, socket } = await back(device);
    expect(again.view().messages.at(-1)?.reply_to?.text).toBe("mine, better");
    expect(socket.sent.filter((frame) => frame.type !== "MESSAGE_DELIVERED")).toHaveLength(1);
    expect(socket.of("SEND_MESSAGE")[0]).toMatchObject({ client_msg_id: id, content: { text: "mine" } });
    const row = message(4, 4, { sender_id: ME, client_msg_id: id, content: { text: "mine" } });
    socket.say(ack(id, 4));
    await settle();
    // The edit waits for the row it names; nothing overtakes it.
    expect(socket.of("EDIT_MESSAGE")).toEqual([]);
    socket.say(received(row));
    await settle();
    expect(socket.of("EDIT_MESSAGE")).toMatchObject([{ message_id: `${CHAT}.4`, message_rev: 4 }]);
    const answer = (frame: { command_id: string } | undefined, rev: number) =>
      socket.say({ type: "COMMAND_ACK", chat_id: CHAT, command_id: frame?.command_id ?? "", rev });
    answer(socket.of("EDIT_MESSAGE")[0], 5);
    await settle();
    expect(socket.of("SET_REACTION")).toMatchObject([{ message_id: `${CHAT}.4` }]);
    answer(socket.of("SET_REACTION")[0], 6);
    await settle();
    answer(socket.of("SET_PIN")[0], 7);
    await settle();
    expect(socket.of("SEND_MESSAGE").at(-1)).toMatchObject({
      content: { text: "about that" },
      reply_to_message_id: `${CHAT}.4`,
    });
    expect(again.errors).toEqual([]);
  });

  it("REF1 finds a message that came back before the command was heard of", async () => {
    const { device, socket, composer } = await started();
    await composer.message("text", { text: "mine" });
    await settle();
    const id = socket.of("SEND_MESSAGE")[0]?.client_msg_id ?? "";
    socket.say(ack(id, 4), received(message(4, 4, { sender_id: ME, client_msg_id: id })));
    await settle();
    await composer.command("command", { type: "SET_PIN", is_pinned: true }, id);
    await settle();
    expect(socket.of("SET_PIN")).toMatchObject([{ message_id: `${CHAT}.4` }]);
    expect(device.view().messages.at(-1)?.is_pinned).toBe(true);
  });

  it("REF2 a message that is deleted before anybody heard of it never leaves, with all that was to be done to it", async () => {
    const { device, composer, id } = await offline();
    await composer.command("command", { type: "SET_REACTION", emoji: "👍", is_set: true }, id);
    await composer.message("text", { text: "about that" }, { reply_to: id });
    await composer.deletion(id);
    await settle();
    expect(device.view().messages.at(-1)).toMatchObject({ text: "about that" });
    expect(device.view().messages.at(-1)?.reply_to).toBeUndefined();
    expect(device.view().messages).toHaveLength(4);
    const { socket } = await back(device);
    expect(socket.of("SEND_MESSAGE").map((frame) => frame.content)).toEqual([{ text: "about that" }]);
    expect(socket.of("SET_REACTION")).toEqual([]);
    expect(await device.store.loadOutbox()).toHaveLength(1);
  });

  it("REF2 one that may have arrived is deleted by its number", async () => {
    const { device, socket, composer } = await started();
    await composer.message("text", { text: "mine" });
    await settle();
    const id = socket.of("SEND_MESSAGE")[0]?.client_msg_id ?? "";
    await composer.deletion(id);
    await settle();
    expect(device.view().messages.at(-1)?.kind).toBe("deleted");
    expect(device.remote.deleted).toEqual([]);
    const gone = message(4, 5, {
      sender_id: ME,
      client_msg_id: id,
      content: null,
      deleted_at: "2026-01-01T00:00:02.000Z",
    });
    device.remote.onDelete = () => gone;
    socket.say(ack(id, 4));
    await settle();
    expect(device.remote.deleted).toEqual([`${CHAT}.4`]);
    // The answer came before the news of the message itself: it is there once, and stays deleted.
    expect(device.view().messages.map((one) => one.kind)).toEqual(["text", "text", "text", "deleted"]);
    socket.say(received(message(4, 4, { sender_id: ME, client_msg_id: id })));
    await settle();
    expect(device.view().messages.map((one) => one.kind)).toEqual(["text", "text", "text", "deleted"]);
    socket.say({ type: "MESSAGES_CHANGED", chat_id: CHAT, base: 4, rev: 5, messages: [gone] });
    await settle();
    expect(device.view().messages.map((one) => one.kind)).toEqual(["text", "text", "text", "deleted"]);
    expect(await device.store.loadOutbox()).toEqual([]);
  });

  it("REF3 an answer to a message that failed waits with it, and lets others pass", async () => {
    const { device, socket, composer } = await started();
    await composer.message("text", { text: "mine" });
    await settle();
    const id = socket.of("SEND_MESSAGE")[0]?.client_msg_id ?? "";
    await composer.message("text", { text: "about that" }, { reply_to: id });
    await composer.message("text", { text: "something else" });
    await settle();
    socket.say({ type: "ERROR", code: "forbidden", message: "no", client_msg_id: id });
    await settle();
    expect(socket.of("SEND_MESSAGE").at(-1)?.content).toEqual({ text: "something else" });
    expect(device.view().messages.map((one) => one.state)).toEqual([...NO_STATES, "failed", "waiting", "sending"]);
    const other = socket.of("SEND_MESSAGE").at(-1)?.client_msg_id ?? "";
    socket.say(ack(other, 4), received(message(4, 4, { sender_id: ME, client_msg_id: other })));
    await settle();
    expect(device.engine.session(CHAT)?.lane.isOwing).toBe(false);
    await device.engine.ask("view", { verb: "retry", client_msg_id: id });
    await settle();
    socket.say(ack(id, 5));
    await settle();
    expect(socket.of("SEND_MESSAGE").at(-1)).toMatchObject({
      content: { text: "about that" },
      reply_to_message_id: `${CHAT}.5`,
    });
  });

  it("REF1 forgets a number of a life of the chat that is no more", async () => {
    const { device, socket, composer } = await started();
    await composer.message("text", { text: "mine" });
    await settle();
    const id = socket.of("SEND_MESSAGE")[0]?.client_msg_id ?? "";
    await composer.command("command", { type: "SET_PIN", is_pinned: true }, id);
    await composer.command("command", { type: "SET_PIN", is_pinned: true }, 2);
    socket.say(ack(id, 4));
    await settle();
    expect(device.errors).toEqual([]);
    // The first pin is under way by now; what was not told follows the message to its new place.
    await composer.message("text", { text: "about that" }, { reply_to: id });
    socket.say(snapshot(messages(1, 1), 9, { epoch: "e2" }));
    await settle();
    const rows = await device.store.loadOutbox();
    expect(rows.find((row) => row.client_msg_id === id)?.phase).not.toBe("acknowledged");
    expect(rows.find((row) => row.text === "about that")?.reply_to_seq).toBeUndefined();
  });
});
