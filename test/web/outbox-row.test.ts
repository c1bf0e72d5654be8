import { describe, expect, it } from "vitest";
import { ERRORS } from "../../src/protocol/error.ts";
import {
  afterRestart,
  type OutboxEvent,
  type OutboxPhase,
  type OutboxRow,
  step,
} from "../../web/sync/engine/outbox-row.ts";

const row = (phase: OutboxPhase, patch: Partial<OutboxRow> = {}): OutboxRow => ({
  place: 1,
  kind: "message",
  chat_id: "gaaaaaaaaaaaaaaaaaaaaaaaaa",
  client_msg_id: "own-1",
  created_at: 0,
  seen_seq: 3,
  text: "mine",
  phase,
  is_transmitted: false,
  attempts: 0,
  ...patch,
});

const ack = { seq: 4, server_msg_id: "gaaaaaaaaaaaaaaaaaaaaaaaaa.4", timestamp: "2026-01-01T00:00:00.000Z" };
const PHASES: OutboxPhase[] = ["queued", "in_flight", "held", "failed", "acknowledged"];

/** Every edge of the machine; a pair that is not here stays where it is. */
const EDGES: [from: OutboxPhase, event: OutboxEvent, to: OutboxPhase][] = [
  ["queued", { type: "transmitted" }, "in_flight"],
  ["queued", { type: "acknowledged", ack }, "acknowledged"],
  ["in_flight", { type: "acknowledged", ack }, "acknowledged"],
  ["held", { type: "acknowledged", ack }, "acknowledged"],
  ["failed", { type: "acknowledged", ack }, "acknowledged"],
  ["in_flight", { type: "refused", code: "rate_limited" }, "held"],
  ["in_flight", { type: "refused", code: "stale" }, "held"],
  ["in_flight", { type: "refused", code: "forbidden" }, "failed"],
  ["in_flight", { type: "refused", code: "unauthenticated" }, "queued"],
  ["in_flight", { type: "timed_out" }, "held"],
  ["in_flight", { type: "cut" }, "queued"],
  ["held", { type: "cut" }, "queued"],
  ["held", { type: "released" }, "queued"],
  ["failed", { type: "retried" }, "queued"],
  ["queued", { type: "given_up", code: "removed" }, "failed"],
  ["in_flight", { type: "given_up", code: "removed" }, "failed"],
  ["held", { type: "given_up", code: "removed" }, "failed"],
  ["acknowledged", { type: "forgotten" }, "queued"],
];

const EVENTS: OutboxEvent[] = [
  { type: "transmitted" },
  { type: "acknowledged", ack },
  { type: "refused", code: "rate_limited" },
  { type: "refused", code: "stale" },
  { type: "refused", code: "forbidden" },
  { type: "refused", code: "unauthenticated" },
  { type: "timed_out" },
  { type: "cut" },
  { type: "released" },
  { type: "retried" },
  { type: "given_up", code: "removed" },
  { type: "forgotten" },
];

describe("a message of the outbox, edge by edge", () => {
  for (const from of PHASES) {
    for (const event of EVENTS) {
      const edge = EDGES.find(([a, b]) => a === from && JSON.stringify(b) === JSON.stringify(event));
      const name = `${event.type}${"code" in event ? ` ${event.code}` : ""}`;
      it(`OUT1 ${from} –${name}→ ${edge?.[2] ?? "the same"}`, () => {
        const before = row(from);
        const after = step(before, event);
        expect(after.phase).toBe(edge?.[2] ?? from);
        if (!edge) expect(after).toBe(before);
        for (const fixed of ["place", "chat_id", "client_msg_id", "seen_seq", "text", "created_at"] as const) {
          expect(after[fixed]).toBe(before[fixed]);
        }
      });
    }
  }

  it("OUT6 fails with the fifth refusal or timeout, and not before", () => {
    for (const event of [{ type: "timed_out" }, { type: "refused", code: "internal" }] as const) {
      let now = row("queued");
      for (let attempt = 1; attempt <= 5; attempt++) {
        now = step(step(now, { type: "transmitted" }), event);
        expect(now.phase).toBe(attempt < 5 ? "held" : "failed");
        now = step(now, { type: "released" });
      }
      expect(now.error).toBeDefined();
      expect(step(now, { type: "retried" })).toMatchObject({ phase: "queued", attempts: 0 });
    }
  });

  it("OUT7 treats every code of the table as its row says", () => {
    for (const [code, { retry }] of Object.entries(ERRORS)) {
      const after = step(row("in_flight", { is_transmitted: true }), { type: "refused", code });
      expect([code, after.phase]).toEqual([
        code,
        { never: "failed", later: "held", refresh: "queued", catch_up: "held" }[retry],
      ]);
    }
  });

  it("OUT9 knows when it may have arrived", () => {
    const flying = step(row("queued"), { type: "transmitted" });
    expect(flying.is_transmitted).toBe(true);
    expect(step(flying, { type: "cut" }).is_transmitted).toBe(true);
    expect(step(flying, { type: "timed_out" }).is_transmitted).toBe(true);
    expect(step(flying, { type: "refused", code: "rate_limited" }).is_transmitted).toBe(false);
  });

  it("OUT11 is queued again after a restart, if it was under way", () => {
    const phases = PHASES.map((phase) => afterRestart(row(phase)).phase);
    expect(phases).toEqual(["queued", "queued", "queued", "failed", "acknowledged"]);
  });
});
