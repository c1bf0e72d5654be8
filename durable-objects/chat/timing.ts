import { TYPING_MS } from "../../src/protocol/limits.ts";
import type { ObjectEnv } from "../shared/env.ts";
import { BUMP_ALARM_MS, BUMP_BATCH, BUMP_EVERY_MS, LARGE_CHAT, RECEIPTS_MS, ROUND_SLICE } from "../shared/limits.ts";

/** How long the chat waits for what, and what it takes for large. Durations in milliseconds. */
export interface Timing {
  receipts_ms: number;
  typing_ms: number;
  bump_every_ms: number;
  bump_alarm_ms: number;
  /** Members above which a chat is large, and hubs that one message of the queue names then. */
  large_chat: number;
  bump_batch: number;
  /** People who are told at once what everybody is told. */
  round_slice: number;
}

/** The windows of `limits.ts`, unless the environment says otherwise: tests do, a deployment need not. */
export const timingOf = (env: ObjectEnv): Timing => ({
  receipts_ms: Number(env.RECEIPTS_MS ?? RECEIPTS_MS),
  typing_ms: Number(env.TYPING_MS ?? TYPING_MS),
  bump_every_ms: Number(env.BUMP_EVERY_MS ?? BUMP_EVERY_MS),
  bump_alarm_ms: Number(env.BUMP_ALARM_MS ?? BUMP_ALARM_MS),
  large_chat: LARGE_CHAT,
  bump_batch: BUMP_BATCH,
  round_slice: ROUND_SLICE,
});
