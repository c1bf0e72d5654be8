import { applyD1Migrations, type D1Migration } from "cloudflare:test";
import { env } from "cloudflare:workers";

/** D1 as the Worker expects it: membership is projected there while the fuzz runs, and should not fail for want of a table. */
export async function prepareProjections(): Promise<void> {
  const { DB, TEST_MIGRATIONS } = env as unknown as { DB: D1Database; TEST_MIGRATIONS: D1Migration[] };
  await applyD1Migrations(DB, TEST_MIGRATIONS);
}
