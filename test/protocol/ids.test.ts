import { expect, it } from "vitest";
import {
  ChatId,
  ClientMsgId,
  directChatId,
  messageId,
  newChatId,
  newClientMsgId,
  newSessionId,
  newUserId,
  objectName,
  parseMessageId,
  SessionId,
  UserId,
} from "../../src/protocol/ids.ts";

it("IDS1 what is minted is valid and does not repeat", () => {
  const users = new Set(Array.from({ length: 2_000 }, newUserId));
  expect(users.size).toBe(2_000);
  for (const id of users) expect(UserId.safeParse(id).success).toBe(true);
  expect(ChatId.safeParse(newChatId("group")).success).toBe(true);
  expect(SessionId.safeParse(newSessionId()).success).toBe(true);
});

it("IDS2 two people meet in one direct chat, whoever opens it", async () => {
  const [a, b, c] = [newUserId(), newUserId(), newUserId()] as const;
  expect(await directChatId(a, b)).toBe(await directChatId(b, a));
  expect(await directChatId(a, b)).not.toBe(await directChatId(a, c));
  expect(ChatId.safeParse(await directChatId(a, a)).success).toBe(true);
});

it("IDS3 a message id resolves to its chat and number, and nothing else does", () => {
  const chat = newChatId("group");
  expect(parseMessageId(messageId(chat, 42))).toEqual({ chat_id: chat, seq: 42 });
  for (const bad of ["", chat, `${chat}.`, `${chat}.0`, `${chat}.01`, `${chat}.1.1`, `${chat}.-1`, `x${chat}.1`]) {
    expect(parseMessageId(bad)).toBeUndefined();
  }
});

it("IDS4 client message ids are UUIDv7 and sort by time (RFC 9562)", () => {
  const early = newClientMsgId(1_700_000_000_000);
  const late = newClientMsgId(1_700_000_000_001);
  expect(early).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(early < late).toBe(true);
  expect(Number.parseInt(early.replaceAll("-", "").slice(0, 12), 16)).toBe(1_700_000_000_000);
  expect(ClientMsgId.safeParse(early).success).toBe(true);
});

it("IDS5 no object is addressed by an empty or foreign name", () => {
  expect(objectName("user", newUserId())).toMatch(/^u/);
  for (const bad of ["", " ", "undefined", newUserId()]) expect(() => objectName("chat", bad)).toThrow(TypeError);
});
