import { DurableObject } from "cloudflare:workers";
import type { AttemptOutcome, GuardPolicy } from "../../src/protocol/rpc.ts";
import type { CountingCalls, QuotaPolicy } from "./calls.ts";
import { POLICIES, QUOTAS } from "./policy.ts";

/** A mark that is still open settles within moments: worth asking again soon. */
const OPEN_RETRY_S = 1;

/**
 * Counts the failed attempts of one account or one address, and what a person did that may be too much; see SPEC.md. One object per name, so the counts are exact
 * wherever in the world the attempts come from. It learns that a secret was tried, never the secret.
 */
export class GuardObject extends DurableObject<{ MODE?: string }> implements CountingCalls {
  readonly #sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: { MODE?: string }) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#makeTables();
  }

  #makeTables(): void {
    this.#sql.exec(
      "CREATE TABLE IF NOT EXISTS mark (ticket INTEGER PRIMARY KEY, policy TEXT NOT NULL, at INTEGER NOT NULL, is_open INTEGER NOT NULL)",
    );
    this.#sql.exec(
      "CREATE TABLE IF NOT EXISTS spending (ticket TEXT NOT NULL, policy TEXT NOT NULL, at INTEGER NOT NULL, amount INTEGER NOT NULL, PRIMARY KEY (ticket, policy)) WITHOUT ROWID",
    );
  }

  async attempt(policy: GuardPolicy, given?: number): Promise<{ ticket: number } | { retry_after: number }> {
    const { limit, window_ms } = POLICIES[policy];
    const now = Date.now();
    if (given !== undefined && this.#sql.exec("SELECT 1 FROM mark WHERE ticket = ?", given).toArray().length > 0)
      return { ticket: given };
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
    const ticket = given ?? crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
    this.#sql.exec("INSERT INTO mark (ticket, policy, at, is_open) VALUES (?, ?, ?, 1)", ticket, policy, now);
    await this.#wakeAt(now + window_ms);
    return { ticket };
  }

  async #wakeAt(at: number): Promise<void> {
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(at);
  }

  async spend(
    ticket: string,
    amounts: Partial<Record<QuotaPolicy, number>>,
  ): Promise<{ is_new: boolean } | { retry_after: number }> {
    if (this.#sql.exec("SELECT 1 FROM spending WHERE ticket = ? LIMIT 1", ticket).toArray().length > 0)
      return { is_new: false };
    const now = Date.now();
    const wanted = Object.entries(amounts) as [QuotaPolicy, number][];
    const wait = Math.max(0, ...wanted.map(([policy, amount]) => this.#waitFor(policy, amount, now)));
    if (wait > 0) return { retry_after: Math.max(1, Math.ceil(wait / 1_000)) };
    for (const [policy, amount] of wanted)
      this.#sql.exec(
        "INSERT INTO spending (ticket, policy, at, amount) VALUES (?, ?, ?, ?)",
        ticket,
        policy,
        now,
        amount,
      );
    await this.#wakeAt(now + Math.max(...wanted.map(([policy]) => QUOTAS[policy].window_ms)));
    return { is_new: true };
  }

  /** Milliseconds until so much of what was spent has left the window that `amount` fits into it. */
  #waitFor(policy: QuotaPolicy, amount: number, now: number): number {
    const { limit, local_limit, window_ms } = QUOTAS[policy];
    const spent = this.#sql
      .exec<{ at: number; amount: number }>(
        "SELECT at, amount FROM spending WHERE policy = ? AND at > ? ORDER BY at",
        policy,
        now - window_ms,
      )
      .toArray();
    let over = spent.reduce((sum, one) => sum + one.amount, amount) - (this.env.MODE === "local" ? local_limit : limit);
    let wait = 0;
    for (const one of spent) {
      if (over <= 0) break;
      over -= one.amount;
      wait = one.at + window_ms - now;
    }
    return over > 0 ? window_ms : wait;
  }

  async giveBack(ticket: string): Promise<void> {
    this.#sql.exec("DELETE FROM spending WHERE ticket = ?", ticket);
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
    for (const [policy, { window_ms }] of Object.entries(QUOTAS))
      this.#sql.exec("DELETE FROM spending WHERE policy = ? AND at <= ?", policy, now - window_ms);
    const marks = this.#sql.exec<{ policy: GuardPolicy; at: number }>(
      "SELECT policy, min(at) AS at FROM mark GROUP BY policy",
    );
    const spent = this.#sql.exec<{ policy: QuotaPolicy; at: number }>(
      "SELECT policy, min(at) AS at FROM spending GROUP BY policy",
    );
    const ends = [
      ...marks.toArray().map((mark) => mark.at + POLICIES[mark.policy].window_ms),
      ...spent.toArray().map((one) => one.at + QUOTAS[one.policy].window_ms),
    ];
    if (ends.length > 0) {
      await this.ctx.storage.setAlarm(Math.min(...ends));
      return;
    }
    await this.ctx.storage.deleteAll();
    // The object may be called again before it leaves memory.
    this.#makeTables();
  }
}
