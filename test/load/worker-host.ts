import { join } from "node:path";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { build } from "vite";
import { unstable_readConfig } from "wrangler";
import { ROOT } from "../../scripts/paths.ts";

async function bundle(peer: string): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: "warn",
    ssr: { noExternal: true, target: "webworker" },
    build: {
      ssr: join(import.meta.dirname, "peers", `${peer}.ts`),
      write: false,
      minify: false,
      rolldownOptions: { external: [/^cloudflare:/, /^node:/] },
    },
  });
  if (!("output" in result)) throw new Error(`${peer} was not bundled.`);
  return result.output[0].code;
}

/**
 * Serves one file of `peers/` as a Worker on a free port: the runtime binary, options and compatibility date of
 * Parley's own host. `classes` names its Durable Objects by binding.
 */
export async function serveWorker(peer: string, classes: Record<string, string>, stateDir: string): Promise<string> {
  const config = unstable_readConfig({ config: join(ROOT, "wrangler.toml") }, { hideWarnings: true });
  const mf = new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      port: 0,
      log: new Log(LogLevel.WARN),
      cf: false,
      telemetry: { enabled: false },
      unsafeLocalExplorer: false,
      unsafeTriggerHandlers: false,
      resourcePersistencePath: stateDir,
      workers: [
        {
          name: peer,
          compatibilityDate: config.compatibility_date ?? "",
          compatibilityFlags: config.compatibility_flags,
          modules: [{ type: "ESModule", path: `${peer}.js`, contents: await bundle(peer) }],
          durableObjects: Object.fromEntries(
            Object.entries(classes).map(([binding, className]) => [binding, { className, useSQLite: true }]),
          ),
        },
      ],
    }),
  );
  return (await mf.ready).origin;
}
