import { readMasterKey } from "../auth/master-key.ts";
import { Fault } from "../domain/fault.ts";
import type { Env } from "./env.ts";

const BINDINGS = {
  DB: 'a D1 database: [[d1_databases]] with binding = "DB"',
  CHATS: 'a Durable Object namespace: class_name = "ChatObject", name = "CHATS"',
  USERS: 'a Durable Object namespace: class_name = "UserObject", name = "USERS"',
  GUARDS: 'a Durable Object namespace: class_name = "GuardObject", name = "GUARDS"',
  PROJECTIONS: 'a queue producer: queue = "parley-projections", binding = "PROJECTIONS"',
} as const satisfies Partial<Record<keyof Env, string>>;

const checked = new WeakSet<object>();

/**
 * Is everything there that the Worker was promised? Looked at once for each environment.
 * @throws Fault `misconfigured`, after log lines that say exactly what to set
 */
export function requireSettings(env: Env): void {
  if (checked.has(env)) return;
  const missing = Object.entries(BINDINGS).filter(([name]) => env[name as keyof typeof BINDINGS] === undefined);
  for (const [name, what] of missing) console.error(`The binding ${name} is missing in wrangler.toml. It is ${what}.`);
  if (env.MODE !== "production" && env.MODE !== "local") {
    console.error(
      `The variable MODE is ${JSON.stringify(env.MODE)}. Set it to "production", or to "local" on a laptop.`,
    );
    throw new Fault("misconfigured");
  }
  readMasterKey(env.MASTER_KEY);
  if (missing.length > 0) throw new Fault("misconfigured");
  checked.add(env);
}

/** @throws Fault `unavailable` if the database does not answer or is not migrated */
export async function checkHealth(env: Pick<Env, "DB">): Promise<void> {
  try {
    await env.DB.prepare("SELECT 1 FROM signing_key LIMIT 1").first();
  } catch (error) {
    const says = error instanceof Error ? error.message : String(error);
    console.error(`D1 does not answer, or lacks tables (\`wrangler d1 migrations apply parley\`): ${says}`);
    throw new Fault("unavailable", { retry_after: 5 });
  }
}
