import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";

/** The project as the architecture tests see it. */
export const ROOT = join(import.meta.dirname, "../..");

const UNTRACKED = new Set([
  "node_modules",
  "dist",
  ".git",
  ".parley",
  ".wrangler",
  ".cache",
  "coverage",
  "screenshots",
]);

/** Paths of all files that belong to the project, relative to its root, with forward slashes. */
export function projectFiles(): string[] {
  const files: string[] = [];
  const walk = (directory: string): void => {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (UNTRACKED.has(entry.name)) continue;
      const path = join(directory, entry.name);
      if (entry.isDirectory()) walk(path);
      else files.push(relative(ROOT, path).split(sep).join("/"));
    }
  };
  walk(ROOT);
  return files.sort();
}

/** The text of a project file. */
export function read(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

/** One import of a module: what it names, and whether it vanishes when types are stripped. */
export interface Import {
  from: string;
  /** A path relative to the root, or the name of a package (`node:` and `cloudflare:` included). */
  target: string;
  isInternal: boolean;
  isTypeOnly: boolean;
}

const STATIC = /(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:[\w*{][^"';]*?\sfrom\s+)?"([^"]+)"/g;
const DYNAMIC = /\bimport\(\s*"([^"]+)"/g;

/** Strips comments, so that an example in a doc comment is no import. */
function code(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/[^\n]*/g, "$1");
}

/** Every import of a file, static, re-exporting and dynamic. */
export function importsOf(file: string): Import[] {
  const text = code(read(file));
  const found = [
    ...[...text.matchAll(STATIC)].map((match) => ({
      name: match[2] ?? "",
      isTypeOnly: match[1] !== undefined,
    })),
    ...[...text.matchAll(DYNAMIC)].map((match) => ({ name: match[1] ?? "", isTypeOnly: false })),
  ];
  return found.map(({ name, isTypeOnly }) => {
    const isInternal = name.startsWith(".");
    const target = isInternal ? posix.normalize(posix.join(dirname(file), name)) : name;
    return { from: file, target, isInternal, isTypeOnly };
  });
}
