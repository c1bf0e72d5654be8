import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fingerprint } from "./fingerprint.ts";
import { CACHE, ROOT } from "./paths.ts";
import { runNode } from "./task.ts";

const WORKER_SOURCES = ["src", "durable-objects", "migrations", "wrangler.toml", "tsconfig.json", "package-lock.json"];
const WEB_SOURCES = ["web", "src/protocol", "src/domain", "tsconfig.json", "package-lock.json"];

/** Folders of this many earlier builds are kept, for servers that still run from them. */
const KEPT_BUILDS = 8;

/** A finished build: its folder, and whether it was made just now. */
export interface Build {
  directory: string;
  is_fresh: boolean;
}

const isMain = process.argv[1] === import.meta.filename;

async function run(args: readonly string[], env: Record<string, string> = {}): Promise<void> {
  const { code, output } = await runNode(args, { env });
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}\n${output}`);
}

/**
 * Builds into a folder of its own name and moves that to its final name when it is whole, so that two
 * processes that build at once cannot see each other's half.
 */
async function cached(kind: string, key: string, make: (directory: string) => Promise<void>): Promise<Build> {
  const parent = join(CACHE, kind);
  const directory = join(parent, key);
  if (existsSync(directory)) return { directory, is_fresh: false };
  const draft = `${directory}.${process.pid}`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  try {
    await make(draft);
    renameSync(draft, directory);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    // Somebody else finished the same build first: theirs is as good.
    if (!existsSync(directory)) throw error;
  }
  prune(parent);
  return { directory, is_fresh: true };
}

function prune(parent: string): void {
  const builds = readdirSync(parent)
    .filter((name) => !name.includes("."))
    .map((name) => ({ path: join(parent, name), built_at: statSync(join(parent, name)).mtimeMs }))
    .sort((a, b) => b.built_at - a.built_at);
  for (const { path } of builds.slice(KEPT_BUILDS)) rmSync(path, { recursive: true, force: true });
}

/**
 * Bundles the Worker exactly as a deploy would (`wrangler deploy --dry-run`), and writes beside it what
 * Wrangler makes of wrangler.toml for the local runtime, so that starting needs no Wrangler at all.
 */
export async function buildWorker(): Promise<Build> {
  return cached("worker", fingerprint(WORKER_SOURCES), async (directory) => {
    const assets = join(directory, "no-assets");
    mkdirSync(assets);
    await run(
      [
        "node_modules/wrangler/bin/wrangler.js",
        ...["deploy", "--dry-run", "--outdir", join(directory, "bundle"), "--assets", assets],
      ],
      { WRANGLER_SEND_METRICS: "false", WRANGLER_HIDE_BANNER: "true", CI: "1" },
    );
    const { unstable_getMiniflareWorkerOptions, unstable_readConfig } = await import("wrangler");
    const config = unstable_readConfig({ config: join(ROOT, "wrangler.toml") }, { hideWarnings: true });
    // Secrets come from the state directory when the server starts, never from the environment of a build.
    delete config.secrets;
    const { workerOptions } = unstable_getMiniflareWorkerOptions(config);
    writeFileSync(join(directory, "options.json"), JSON.stringify({ name: config.name, ...workerOptions }));
  });
}

/** Builds the web client with Vite. A checkout without one gets an empty folder: the API works alone. */
export async function buildWeb(): Promise<Build> {
  return cached("web", fingerprint(WEB_SOURCES), async (directory) => {
    if (!existsSync(join(ROOT, "web", "index.html"))) return;
    await run(["node_modules/vite/bin/vite.js", "build", "web", "--outDir", directory, "--emptyOutDir"]);
  });
}

/** Puts the built client where wrangler.toml expects it. Only a deploy needs that. */
export async function publishWeb(): Promise<void> {
  const { directory } = await buildWeb();
  const target = join(ROOT, "web", "dist");
  rmSync(target, { recursive: true, force: true });
  cpSync(directory, target, { recursive: true });
}

if (isMain) {
  const [worker] = await Promise.all([buildWorker(), publishWeb()]);
  console.log(`Worker: ${worker.directory}\nWeb client: ${join(ROOT, "web", "dist")}`);
}
