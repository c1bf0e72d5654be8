import { DurableObject } from "cloudflare:workers";
import { HEARTBEAT, HEARTBEAT_ANSWER } from "../../src/protocol/codec.ts";
import { Database } from "./database.ts";
import type { ObjectEnv } from "./env.ts";

/**
 * What an alarm was armed for must outlive the memory and must not cost a row of its own. Its time does: odd
 * milliseconds are a debt, even ones are not.
 */
const isDebt = (alarmAt: number | undefined): boolean => alarmAt !== undefined && alarmAt % 2 === 1;

/**
 * What every object with a database shares: migrations, the heartbeat that is answered without waking it, and one
 * alarm for many purposes.
 *
 * A database is made only by `make()`. Asking an object that was never made (a stranger guessing ids) writes nothing.
 */
export abstract class BaseObject<E extends ObjectEnv = ObjectEnv> extends DurableObject<E> {
  /** Public for tests in the same isolate, which count rows: RPC reaches methods alone. */
  readonly db: Database;
  /** When the platform's alarm fires; undefined if none is set. */
  #alarmAt: number | undefined;
  /**
   * An alarm for a debt was pending when this object woke: who was owed something may have been lost with the memory.
   * Whoever makes it good sets it back.
   */
  protected hadDebt = false;

  constructor(ctx: DurableObjectState, env: E) {
    super(ctx, env);
    this.db = new Database(ctx.storage);
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(HEARTBEAT, HEARTBEAT_ANSWER));
    // Known before any event, so that arming it later is one write in the turn of the change that needs it.
    void ctx.blockConcurrencyWhile(async () => {
      this.#alarmAt = (await ctx.storage.getAlarm()) ?? undefined;
      this.hadDebt = isDebt(this.#alarmAt);
    });
  }

  /** The steps of the schema, first to last. A step that was ever deployed is never edited. */
  protected abstract readonly migrations: readonly string[];

  /** Brings an existing database up to date. False, and nothing written, if there is none. */
  protected openDatabase(): boolean {
    const version = this.#version();
    if (version === undefined) return false;
    if (version < this.migrations.length) this.#migrate(version);
    return true;
  }

  /** Makes the database, or brings it up to date. */
  protected makeDatabase(): void {
    this.#migrate(this.#version() ?? 0);
  }

  #version(): number | undefined {
    try {
      return this.db.first<{ version: number }>("SELECT version FROM migration WHERE id = 1")?.version ?? 0;
    } catch {
      // There is no such table: the database was never made. Asking sqlite_master first would read a row per table.
      return undefined;
    }
  }

  #migrate(from: number): void {
    if (from >= this.migrations.length) return;
    this.db.transaction(() => {
      this.db.run("CREATE TABLE IF NOT EXISTS migration (id INTEGER PRIMARY KEY, version INTEGER NOT NULL)");
      for (const step of this.migrations.slice(from)) this.db.run(step);
      this.db.run(
        "INSERT INTO migration (id, version) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET version = excluded.version",
        this.migrations.length,
      );
    });
  }

  /**
   * Makes sure that the alarm fires at `at` (epoch milliseconds) or earlier. Written in the turn of the caller, so it
   * commits with what the caller wrote. Costs a row only if it has to move: a burst that arms it again and again pays once.
   *
   * `forDebt`: something is owed to others, and must be made good by the next life if this one ends before (`hadDebt`).
   * False: the object only looks after itself. Left out by objects that never ask for `hadDebt`: their time is kept to
   * the millisecond.
   */
  protected armAlarm(at: number, forDebt?: boolean): void {
    const armed = this.#alarmAt;
    if (armed !== undefined && armed <= at && (isDebt(armed) || !forDebt)) return;
    const next = Math.min(at, armed ?? at);
    this.#alarmAt = forDebt === undefined ? next : next - (next % 2) + (forDebt || isDebt(armed) ? 1 : 0);
    this.db.rows.alarms++;
    void this.ctx.storage.setAlarm(this.#alarmAt);
  }

  /** To be called first by `alarm()`: the one that fired is gone. */
  protected alarmFired(): void {
    this.#alarmAt = undefined;
  }
}
