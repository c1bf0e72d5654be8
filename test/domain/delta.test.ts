import { describe, expect, it } from "vitest";
import { applyNews, fromSnapshot, headSeq, isSkipped, judge, mergeReceipt, mergeRows } from "../../src/domain/delta.ts";
import type { Snapshot } from "../../src/protocol/down.ts";
import type { Message } from "../../src/protocol/message.ts";

const chatId = `g${"0".repeat(25)}`;
const ada = `u${"a".repeat(16)}`;
const time = "2026-01-01T00:00:00.000Z";
const message = (seq: number, rev: number, text = `m${seq}`): Message => ({
  message_id: `${chatId}.${seq}`,
  chat_id: chatId,
  seq,
  rev,
  sender_id: ada,
  message_type: "text",
  content: { text },
  created_at: time,
});
const snapshot: Snapshot = {
  type: "SNAPSHOT",
  chat_id: chatId,
  epoch: "e1",
  rev: 5,
  head_seq: 2,
  chat: {
    chat_id: chatId,
    chat_type: "group",
    name: "G",
    description: "",
    created_by: ada,
    created_at: time,
    rev: 1,
    member_count: 1,
    max_members: 10,
    settings: {
      has_history_from_join: false,
      edit_window_s: 300,
      disappear_after_s: null,
      slow_mode_s: 0,
      has_link_previews: true,
      is_public: false,
      needs_approval: false,
      permissions: {},
    },
    is_active: true,
  },
  members: [{ user_id: ada, username: "ada", display_name: "Ada", role: "owner", joined_at: time, rev: 1 }],
  receipts: [{ user_id: ada, delivered_seq: 2, read_seq: 1 }],
  messages: [message(1, 4), message(2, 5)],
  is_complete: true,
};

describe("news", () => {
  it("DLT1 is ignored, applied or a reason to catch up, by its stretch of the clock", () => {
    expect(judge(5, { base: 3, rev: 5 })).toBe("ignore");
    expect(judge(5, { base: 5, rev: 6 })).toBe("apply");
    expect(judge(5, { base: 2, rev: 6 })).toBe("apply");
    expect(judge(5, { base: 6, rev: 7 })).toBe("catch_up");
  });

  it("DLT2 moves the cursor and adds its rows", () => {
    const next = applyNews(fromSnapshot(snapshot), {
      type: "MESSAGE_RECEIVED",
      chat_id: chatId,
      base: 5,
      rev: 6,
      message: message(3, 6),
    });
    expect([next.rev, headSeq(next)]).toEqual([6, 3]);
  });

  it("DLT3 rows merge by their own rev, the higher wins, in either order", () => {
    const state = fromSnapshot(snapshot);
    const newer = message(2, 9, "newer");
    const older = message(2, 7, "older");
    expect(mergeRows(mergeRows(state, { messages: [newer] }), { messages: [older] }).messages.get(2)).toEqual(newer);
    expect(mergeRows(mergeRows(state, { messages: [older] }), { messages: [newer] }).messages.get(2)).toEqual(newer);
  });

  it("DLT4 receipts merge by maximum", () => {
    const merged = mergeRows(fromSnapshot(snapshot), { receipts: [{ user_id: ada, delivered_seq: 1, read_seq: 2 }] });
    expect(merged.receipts.get(ada)).toEqual({ user_id: ada, delivered_seq: 2, read_seq: 2 });
  });

  it("DLT5 a page of history moves no cursor, and leaves what did not change the same object", () => {
    const state = fromSnapshot(snapshot);
    const merged = mergeRows(state, { messages: [message(1, 4)] });
    expect(merged.rev).toBe(5);
    expect(mergeRows(state, {}).messages).toBe(state.messages);
  });

  it("DLT5 BLK8 what a cursor skips is told whole by the receipt that has come further", () => {
    const told = (delivered_seq: number, ...pairs: [number, number][]) => ({
      ...{ user_id: ada, delivered_seq, read_seq: 0 },
      ...(pairs.length > 0 ? { skipped: pairs.map(([from_seq, to_seq]) => ({ from_seq, to_seq })) } : {}),
    });
    const first = mergeReceipt(undefined, told(5, [2, 3]));
    const second = mergeReceipt(first, told(9, [2, 3], [7, 8]));
    expect(second).toEqual(told(9, [2, 3], [7, 8]));
    // One that is late takes nothing back.
    expect(mergeReceipt(second, told(5, [2, 3]))).toEqual(second);
    expect([1, 2, 3, 4, 7, 9].map((seq) => isSkipped(second, seq))).toEqual([false, true, true, false, true, false]);
  });

  it("DLT6 forgets the receipt of who left, and takes the one they come back with", () => {
    const member = snapshot.members[0];
    if (!member) throw new Error("the sample has a member");
    const gone = mergeRows(fromSnapshot(snapshot), { members: [{ ...member, rev: 6, removed_at: time }] });
    expect([...gone.receipts]).toEqual([]);
    const back = mergeRows(gone, {
      members: [{ ...member, rev: 7 }],
      receipts: [{ user_id: ada, delivered_seq: 0, read_seq: 0 }],
    });
    expect(back.receipts.get(ada)).toEqual({ user_id: ada, delivered_seq: 0, read_seq: 0 });
  });
});
