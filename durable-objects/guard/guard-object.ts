import { DurableObject } from "cloudflare:workers";
import type { AttemptOutcome, GuardCalls, GuardPolicy } from "../../src/protocol/rpc.ts";
import { POLICIES } from "./policy.ts";

/** A mark that is still open settles within moments: worth asking again soon. */
const OPEN_RETRY_S = 1;

/**
 * Counts the failed attempts of one account or one address; see SPEC.md. One object per name, so the counts are exact
 * wherever in the world the attempts come from. It learns that a secret was tried, never the secret.
 */
export class GuardObject extends DurableObject implements GuardCalls {
  readonly #sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#makeTable();
  }

  #makeTable(): void {
    this.#sql.exec(
      "CREATE TABLE IF NOT EXISTS mark (ticket INTEGER PRIMARY KEY, policy TEXT NOT NULL, at INTEGER NOT NULL, is_open INTEGER NOT NULL)",
    );
  }

  async attempt(policy: GuardPolicy): Promise<{ ticket: number } | { retry_after: number }> {
    const { limit, window_ms } = POLICIES[policy];
    const now = Date.now();
    const marks = this.#sql
      .exec<{ at: number; is_open: number }>(
        "SELECT at, is_open FROM mark WHERE policy = ? AND at > ? ORDER BY at DESC LIMIT ?",
        policy,
        now - window_ms,
        limit,
      )
      .toArray();
    const oldest = marks[limit - 1];
    if (oldest) {
      const isUndecided = marks.some((mark) => mark.is_open === 1);
      const wait = Math.max(1, Math.ceil((oldest.at + window_ms - now) / 1_000));
      return { retry_after: isUndecided ? OPEN_RETRY_S : wait };
    }
    // Random, so that no ticket is ever given twice and a late settlement cannot meet a stranger.
    const ticket = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
    this.#sql.exec("INSERT INTO mark (ticket, policy, at, is_open) VALUES (?, ?, ?, 1)", ticket, policy, now);
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(now + window_ms);
    return { ticket };
  }

  async settle(ticket: number, outcome: AttemptOutcome): Promise<void> {
    const policy = this.#sql
      .exec<{ policy: GuardPolicy }>("SELECT policy FROM mark WHERE ticket = ?", ticket)
      .toArray()[0]?.policy;
    if (policy === undefined) return;
    const { success } = POLICIES[policy];
    if (outcome === "failed" || (outcome === "passed" && success === "stays")) {
      this.#sql.exec("UPDATE mark SET is_open = 0 WHERE ticket = ?", ticket);
      return;
    }
    this.#sql.exec("DELETE FROM mark WHERE ticket = ?", ticket);
    // Those still open are somebody's attempts of this very moment: they stay counted until they are decided.
    if (outcome === "passed" && success === "clears")
      this.#sql.exec("DELETE FROM mark WHERE policy = ? AND is_open = 0", policy);
  }

  /** Forgets what has left its window; an object that remembers nothing costs nothing. */
  override async alarm(): Promise<void> {
    const now = Date.now();
    for (const [policy, { window_ms }] of Object.entries(POLICIES))
      this.#sql.exec("DELETE FROM mark WHERE policy = ? AND at <= ?", policy, now - window_ms);
    const rest = this.#sql.exec<{ policy: GuardPolicy; at: number }>("SELECT policy, at FROM mark").toArray();
    if (rest.length > 0) {
      const next = Math.min(...rest.map((mark) => mark.at + POLICIES[mark.policy].window_ms));
      await this.ctx.storage.setAlarm(next);
      return;
    }
    await this.ctx.storage.deleteAll();
    // The object may be called again before it leaves memory.
    this.#makeTable();
  }
}
