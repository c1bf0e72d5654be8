import { describe, expect, it } from "vitest";
import { newsOf } from "../../web/app/news/line-news.ts";
import type { InboxLine } from "../../web/sync/client.ts";

const NOW = Date.parse("2026-11-21T12:00:00.000Z");
const ME = "u1111111111111111";
const OTHER = "u2222222222222222";
const at = (secondsAgo: number): string => new Date(NOW - secondsAgo * 1000).toISOString();

function line(seq: number, change: Partial<InboxLine> = {}, said: Partial<NonNullable<InboxLine["preview"]>> = {}) {
  const made: InboxLine = {
    chat_id: "g3n8r2w6y1c5v9b4x7d2f6h0j5",
    chat_type: "group",
    name: "Boat",
    title: "Boat",
    role: "member",
    member_count: 3,
    head_seq: seq,
    read_seq: 4,
    unread: seq - 4,
    last_at: at(1),
    rev: seq,
    typing: [],
    preview: {
      seq,
      sender_id: OTHER,
      sender_name: "Ben",
      message_type: "text",
      text: "Hello",
      created_at: at(1),
      ...said,
    },
    ...change,
  };
  return made;
}

const told = (before: InboxLine | undefined, now: InboxLine) => newsOf(before, now, { my_id: ME, now: NOW });
const MUTED = { muted_until: "9999-01-01T00:00:00.000Z" };

describe("what a line tells whoever looks elsewhere", () => {
  it("UI113 a new message of somebody else, once", () => {
    expect(told(line(5), line(6))).toEqual({ kind: "message", seq: 6 });
    expect(told(line(6), line(6, { typing: [{ user_id: "u-ben", display_name: "Ben" }] }))).toBeUndefined();
    expect(told(undefined, line(6))).toEqual({ kind: "message", seq: 6 });
  });

  it("UI113 not what one wrote, has read, is a notice, deleted, old or of somebody blocked", () => {
    expect(told(line(5), line(6, {}, { sender_id: ME }))).toBeUndefined();
    expect(told(line(5), line(6, { read_seq: 6, unread: 0 }))).toBeUndefined();
    expect(told(line(5), line(6, {}, { message_type: "system" }))).toBeUndefined();
    expect(told(line(5), line(6, {}, { is_deleted: true }))).toBeUndefined();
    expect(told(line(5), line(6, { last_at: at(600) }, { created_at: at(600) }))).toBeUndefined();
    expect(told(line(5), line(6, { is_blocked: true }))).toBeUndefined();
  });

  it("UI113 of a muted or archived chat only a mention or an answer", () => {
    for (const quiet of [MUTED, { is_archived: true as const }]) {
      expect(told(line(5, quiet), line(6, quiet))).toBeUndefined();
      expect(told(line(5, quiet), line(6, { ...quiet, mention_seq: 6 }))).toEqual({ kind: "message", seq: 6 });
      expect(told(line(6, { ...quiet, mention_seq: 6 }), line(7, { ...quiet, mention_seq: 6 }))).toBeUndefined();
      expect(told(line(5, quiet), line(5, { ...quiet, unread_threads: 1 }))).toBeUndefined();
    }
    // A mute that has ended is none.
    expect(told(line(5), line(6, { muted_until: at(1) }))).toEqual({ kind: "message", seq: 6 });
  });

  it("UI113 answers in a thread that is followed", () => {
    expect(told(line(5), line(5, { unread_threads: 1 }))).toEqual({ kind: "thread" });
    expect(told(line(5, { unread_threads: 2 }), line(5, { unread_threads: 1 }))).toBeUndefined();
  });
});
