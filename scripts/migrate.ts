import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { D1_MIGRATIONS } from "./paths.ts";
import { isMissing } from "./state-lock.ts";

/** The part of a D1 database that migrating needs. */
export interface MigratableDatabase {
  prepare(sql: string): MigratableStatement;
  batch(statements: MigratableStatement[]): Promise<unknown>;
}

interface MigratableStatement {
  bind(...values: unknown[]): MigratableStatement;
  run(): Promise<unknown>;
  all(): Promise<{ results: Record<string, unknown>[] }>;
}

/** Wrangler's own table, so that `wrangler d1 migrations` and this agree on what was applied. */
const LEDGER = `CREATE TABLE IF NOT EXISTS d1_migrations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT UNIQUE,
  applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)`;

function migrationNames(): string[] {
  try {
    return readdirSync(D1_MIGRATIONS)
      .filter((name) => name.endsWith(".sql"))
      .sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/**
 * Applies the D1 migrations that a database does not have yet, each in one transaction with its entry in
 * the ledger, and returns their names. Without anything to do it costs one read.
 */
export async function migrate(db: MigratableDatabase): Promise<string[]> {
  const names = migrationNames();
  await db.prepare(LEDGER).run();
  const { results } = await db.prepare("SELECT name FROM d1_migrations").all();
  const applied = new Set(results.map((row) => row.name));
  const pending = names.filter((name) => !applied.has(name));
  if (pending.length === 0) return [];
  const { unstable_splitSqlQuery } = await import("wrangler");
  for (const name of pending) {
    const queries = unstable_splitSqlQuery(readFileSync(join(D1_MIGRATIONS, name), "utf8"));
    await db.batch([
      ...queries.map((query) => db.prepare(query)),
      db.prepare("INSERT INTO d1_migrations (name) VALUES (?)").bind(name),
    ]);
  }
  return pending;
}
