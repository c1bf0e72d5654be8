import { expect, it } from "vitest";
import { readUp } from "../../src/protocol/codec.ts";
import { fromSecondDialect, isSecondDialect, toSecondDialect } from "../../src/protocol/dialect.ts";

const chatId = `g${"0".repeat(25)}`;
const messageId = `${chatId}.7`;
const time = "2026-01-01T00:00:00.000Z";

it("DIA1 every frame of the second list becomes a canonical one", () => {
  const frames = [
    { type: "auth", token: "abc", client: "extra" },
    { type: "join_chat", chat_id: chatId },
    { type: "send_message", chat_id: chatId, message_type: "text", content: "hi", temp_id: "t-1", mood: "good" },
    { type: "typing_start", chat_id: chatId },
    { type: "typing_stop", chat_id: chatId },
    { type: "message_read", chat_id: chatId, message_id: messageId },
    { type: "ping", timestamp: 5 },
  ];
  for (const frame of frames) expect(readUp(fromSecondDialect(frame)), frame.type).toMatchObject({ ok: true });
  expect(isSecondDialect(frames[0])).toBe(true);
  expect(isSecondDialect({ type: "CONNECT" })).toBe(false);
});

it("DIA2 what it is told has the names of its list", () => {
  const message = {
    message_id: messageId,
    chat_id: chatId,
    seq: 7,
    rev: 9,
    sender_id: `u${"0".repeat(16)}`,
    message_type: "text" as const,
    content: { text: "hi" },
    created_at: time,
  };
  const typesOf = (frames: { type?: unknown }[]) => frames.map((f) => f.type);
  expect(typesOf(toSecondDialect({ type: "MESSAGE_RECEIVED", chat_id: chatId, base: 8, rev: 9, message }))).toEqual([
    "new_message",
  ]);
  expect(
    typesOf(
      toSecondDialect({
        type: "RECEIPTS_CHANGED",
        chat_id: chatId,
        base: 8,
        rev: 9,
        receipts: [{ user_id: message.sender_id, delivered_seq: 7, read_seq: 0 }],
      }),
    ),
  ).toEqual(["message_delivered"]);
  expect(
    typesOf(toSecondDialect({ type: "TYPING", chat_id: chatId, user_id: message.sender_id, is_typing: true })),
  ).toEqual(["user_typing"]);
  expect(
    typesOf(
      toSecondDialect({ type: "PRESENCE_BROADCAST", user_id: message.sender_id, status: "online", timestamp: time }),
    ),
  ).toEqual(["presence_update"]);
  expect(toSecondDialect({ type: "INBOX_CHANGED", epoch: "1", base: 0, rev: 1, entries: [] })).toEqual([]);
});

it("DIA3 a frame it does not know is refused by its type, not guessed", () => {
  expect(readUp(fromSecondDialect({ type: "constructor" }))).toMatchObject({
    ok: false,
    refusal: { code: "unknown_frame" },
  });
});
