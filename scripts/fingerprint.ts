import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { ROOT } from "./paths.ts";

const IGNORED = new Set(["node_modules", "dist", ".git"]);

function* filesUnder(path: string): Generator<string> {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (stat.isFile()) {
    yield path;
    return;
  }
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (!IGNORED.has(entry.name)) yield* filesUnder(join(path, entry.name));
  }
}

/**
 * One hash over the names and contents of all files under the given paths (relative to the root). Contents
 * rather than times, because a checkout touches every file and a build must not depend on when it was made.
 */
export function fingerprint(paths: readonly string[]): string {
  const hash = createHash("sha256");
  const files = paths.flatMap((path) => [...filesUnder(join(ROOT, path))]).sort();
  for (const file of files) {
    const bytes = readFileSync(file);
    hash.update(`${relative(ROOT, file)}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest("hex").slice(0, 20);
}
