import { describe, expect, it } from "vitest";
import { decodeDown, decodeUp, joinFrames } from "../../src/protocol/codec.ts";
import { FRAME_CHARS, FRAMES_PER_ARRAY, TEXT_BYTES } from "../../src/protocol/limits.ts";

const chatId = `g${"0".repeat(25)}`;
const send = {
  type: "SEND_MESSAGE",
  chat_id: chatId,
  client_msg_id: "a-1",
  message_type: "text",
  content: { text: "hello" },
};
const decode = (json: unknown, isBatching = false) => decodeUp(JSON.stringify(json), isBatching);
const codeOf = (json: unknown, isBatching = false) => {
  const [first] = decode(json, isBatching);
  return first?.ok === false ? first.refusal.code : "accepted";
};

describe("frames upward", () => {
  it("COD1 are strict: an unknown field is an error", () => {
    expect(codeOf(send)).toBe("accepted");
    expect(codeOf({ ...send, colour: "red" })).toBe("invalid");
    expect(codeOf({ type: "TYPING_START", chat_id: chatId, x: 1 })).toBe("invalid");
  });

  it("COD2 of no known type are unknown, whatever they hold", () => {
    for (const frame of [{ type: "NONSENSE" }, { type: "toString" }, { type: "__proto__" }, { type: 7 }, {}]) {
      expect(codeOf(frame)).toBe("unknown_frame");
    }
    for (const frame of [null, 7, "text", true]) expect(codeOf(frame)).toBe("invalid");
  });

  it("COD3 that are refused name the message they meant", () => {
    const [refused] = decode({ ...send, content: {} });
    expect(refused).toMatchObject({ ok: false, refusal: { code: "invalid", client_msg_id: "a-1" } });
    const [retried] = decode({ type: "RETRY", original_message: { ...send, content: { text: "" } } });
    expect(retried).toMatchObject({ ok: false, refusal: { client_msg_id: "a-1" } });
  });

  it("COD4 take the aliases: a bare text, temp_id, no message type", () => {
    const [frame] = decode({ type: "SEND_MESSAGE", chat_id: chatId, temp_id: "t1", content: "hello" });
    expect(frame).toEqual({ ok: true, frame: { ...send, client_msg_id: "t1" } });
  });

  it("COD5 come in arrays only from who chose them, each standing for itself", () => {
    expect(codeOf([send])).toBe("invalid");
    const both = decode([send, { type: "NONSENSE" }], true);
    expect(both.map((d) => d.ok)).toEqual([true, false]);
    expect(codeOf([], true)).toBe("invalid");
    expect(codeOf(Array(FRAMES_PER_ARRAY + 1).fill(send), true)).toBe("invalid");
  });

  it("COD6 are text, JSON, and of bounded size", () => {
    expect(decodeUp(new ArrayBuffer(4))[0]).toMatchObject({ ok: false, refusal: { code: "invalid" } });
    expect(decodeUp("{")[0]).toMatchObject({ ok: false, refusal: { code: "invalid" } });
    expect(decodeUp(" ".repeat(FRAME_CHARS + 1))[0]).toMatchObject({ ok: false, refusal: { code: "too_large" } });
  });

  it("COD7 count a text in bytes of UTF-8", () => {
    const of = (text: string) => codeOf({ ...send, content: { text } });
    expect(of("a".repeat(TEXT_BYTES))).toBe("accepted");
    expect(of("a".repeat(TEXT_BYTES + 1))).toBe("invalid");
    expect(of("字".repeat(TEXT_BYTES / 3 + 1))).toBe("invalid");
    expect(of(" \n\t ")).toBe("invalid");
    expect(of("\ud800")).toBe("invalid");
  });

  it("COD11 leave room for the longest text, however it is escaped", () => {
    for (const awkward of ['"', "\\", "\u0001"]) {
      const text = `x${awkward.repeat(TEXT_BYTES - 1)}`;
      expect(codeOf({ ...send, content: { text } }), JSON.stringify(awkward)).toBe("accepted");
    }
  });
});

describe("frames downward", () => {
  it("COD8 of unknown type keep their stretch of the clock", () => {
    const news = { type: "FUTURE_THING", chat_id: chatId, base: 4, rev: 6, extra: {} };
    expect(decodeDown(JSON.stringify([news, { type: "OTHER" }]))).toEqual([
      { type: "UNKNOWN", news: { chat_id: chatId, base: 4, rev: 6 } },
      { type: "UNKNOWN" },
    ]);
  });

  it("COD9 lose fields that are not known", () => {
    expect(decodeDown('{"type":"PONG","later":1}')).toEqual([{ type: "PONG" }]);
  });

  it("COD10 join to one message, a lone one without brackets", () => {
    expect(joinFrames(["{}"])).toBe("{}");
    expect(joinFrames(["{}", "{}"])).toBe("[{},{}]");
  });
});
