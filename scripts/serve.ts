import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import type { HostCall, HostEvent, ServeOptions } from "./host.ts";
import { PUBLIC_INTERNET } from "./internet.ts";
import { migrate } from "./migrate.ts";

/** Host of the local runtime: a process of its own, started and spoken to by host.ts. */

const MODULE_TYPES: Record<string, "ESModule" | "Text"> = {
  ".js": "ESModule",
  ".mjs": "ESModule",
  ".sql": "Text",
};

/** Cron does not tick by itself outside the platform. */
const CRON_INTERVAL_MS = 10 * 60 * 1000;

function send(event: HostEvent): void {
  process.send?.(event);
}

/** Everything the bundle consists of; its entry comes first, as the runtime wants it. */
function bundledModules(root: string) {
  const names = readdirSync(root, { recursive: true, encoding: "utf8" }).sort(
    (a, b) => Number(b === "index.js") - Number(a === "index.js"),
  );
  return names.flatMap((name) => {
    const type = MODULE_TYPES[name.slice(name.lastIndexOf("."))];
    return type === undefined ? [] : [{ type, path: join(root, name) }];
  });
}

/** What every runtime of this state directory is started with. */
const runtimeOptions = (options: ServeOptions) => ({
  host: "127.0.0.1",
  log: new Log(LogLevel.WARN),
  // No request to the outside for a sample of request.cf.
  cf: false,
  telemetry: { enabled: false },
  unsafeLocalExplorer: false,
  unsafeTriggerHandlers: false,
  resourcePersistencePath: join(options.stateDir, "data"),
});

/** Brings D1 up to date in a runtime that serves nobody: whoever asks while Parley starts must not find it half made. */
async function migrateFirst(options: ServeOptions, d1Databases: Record<string, { id: string }>): Promise<string[]> {
  const mf = new Miniflare(
    convertV4MiniflareOptions({
      ...runtimeOptions(options),
      port: 0,
      workers: [{ name: "migrations", modules: true, script: "export default {}", d1Databases }],
    }),
  );
  try {
    return await migrate(await mf.getD1Database("DB"));
  } finally {
    await mf.dispose();
  }
}

async function serve(options: ServeOptions): Promise<void> {
  const bundle = join(options.workerDir, "bundle");
  const worker = JSON.parse(readFileSync(join(options.workerDir, "options.json"), "utf8"));
  const migrations = await migrateFirst(options, worker.d1Databases);
  const mf = new Miniflare(
    convertV4MiniflareOptions({
      ...runtimeOptions(options),
      port: options.port,
      unsafeInspectDurableObjects: options.canInspect,
      handleStructuredLogs: ({ level, message }) => {
        process[level === "error" || level === "warn" ? "stderr" : "stdout"].write(`${message}\n`);
      },
      // Miniflare has restarted a runtime that died; say so, since it may be listening on the same port again only now.
      unsafeHandleRuntimeRestart: () => send({ event: "restarted" }),
      workers: [
        {
          ...worker,
          modulesRules: undefined,
          modulesRoot: bundle,
          modules: bundledModules(bundle),
          bindings: { ...worker.bindings, ...options.vars },
          assets: { ...worker.assets, directory: options.webDir },
          serviceBindings: { ...worker.serviceBindings, INTERNET: PUBLIC_INTERNET },
        },
      ],
    }),
  );

  const url = await mf.ready;
  // Asked for anew each time: what was got before a restart of the runtime is of no use after it.
  const database = () => mf.getD1Database("DB");
  const cron = async (): Promise<void> => {
    const target = await mf.getWorker();
    for (const expression of worker.cronTriggers ?? []) await target.scheduled({ cron: expression });
  };
  setInterval(() => void cron().catch((error) => console.error(error)), CRON_INTERVAL_MS).unref();

  const objectName = (name: string) => ({ name });
  const answers: { [Op in HostCall["op"]]: (call: Extract<HostCall, { op: Op }>) => Promise<unknown> } = {
    query: async ({ sql, params }) => {
      const db = await database();
      return (
        await db
          .prepare(sql)
          .bind(...params)
          .all()
      ).results;
    },
    batch: async ({ statements }) => {
      const db = await database();
      const results = await db.batch(statements.map(({ sql, params }) => db.prepare(sql).bind(...params)));
      return results.map((result) => result.results);
    },
    evict: ({ className, name }) => mf.unsafeEvictDurableObject(worker.name, className, objectName(name)),
    storage: async ({ className, name, sql, params }) => {
      const storage = await mf.unsafeGetDurableObjectStorage(worker.name, className, objectName(name));
      return storage.exec(sql, ...params);
    },
    cron,
  };

  const stop = async (): Promise<void> => {
    await mf.dispose();
    process.exit(0);
  };
  process.on("message", (message: { id: number; call: HostCall } | "stop") => {
    if (message === "stop") {
      void stop();
      return;
    }
    const { id, call } = message;
    const answer = answers[call.op] as (call: HostCall) => Promise<unknown>;
    answer(call).then(
      (value) => send({ event: "answer", id, value }),
      (error: unknown) => send({ event: "answer", id, error: String(error) }),
    );
  });
  send({ event: "ready", url: url.origin, migrations });
}

// Whoever started this is gone: end the runtime too, at once, as a killed machine would.
process.on("disconnect", () => {
  if (process.platform !== "win32") process.kill(-process.pid, "SIGKILL");
  process.exit(1);
});
// A terminal's Ctrl-C and a service manager's signal reach the guardian, which asks for an orderly end.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});

process.once("message", (options: ServeOptions) => {
  serve(options).catch((error: unknown) => {
    send({ event: "failed", error: error instanceof Error ? error.message : String(error) });
    process.exitCode = 1;
    process.disconnect();
  });
});
