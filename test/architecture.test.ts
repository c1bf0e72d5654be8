import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { type Import, importsOf, projectFiles, ROOT, read } from "./harness/source-tree.ts";

const files = projectFiles();
const isCode = (file: string): boolean => /\.(ts|tsx)$/.test(file);
const inside = (folder: string, file: string): boolean => file.startsWith(`${folder}/`);
const code = files.filter(isCode);

/** `durable-objects/chat/store.ts` → `durable-objects/chat`; `src/index.ts` → `src`; `web/ui/app.tsx` → `web`. */
function roomOf(file: string): string {
  const parts = file.split("/");
  const depth = parts[0] === "src" || parts[0] === "durable-objects" ? 2 : 1;
  return parts.slice(0, Math.min(depth, parts.length - 1)).join("/");
}

/** What a room may import beside itself. Packages by name, rooms by path; `type:` allows `import type` only. */
interface Rule {
  rooms: readonly string[];
  /** "any" stands for the room's own library. */
  packages: readonly string[] | "any";
}

const WIRE = ["src/protocol", "src/domain"];
/** The one way to the tally objects, which must not be spoken to otherwise. */
const TALLIES = "durable-objects/tally/tally-client.ts";
const LEAVES = ["src/auth", "src/db", "src/providers", "src/ops"];

const RULES: Record<string, Rule> = {
  "src/protocol": { rooms: [], packages: ["zod", "zod/mini"] },
  "src/domain": { rooms: ["src/protocol"], packages: [] },
  ...Object.fromEntries(LEAVES.map((room) => [room, { rooms: WIRE, packages: "any" }])),
  "src/jobs": { rooms: [...WIRE, ...LEAVES, TALLIES], packages: "any" },
  "src/http": { rooms: [...WIRE, ...LEAVES, "src/jobs", TALLIES, "type:durable-objects"], packages: "any" },
  web: { rooms: WIRE, packages: "any" },
};

/** What the runtime itself brings; an object needs no library. */
const RUNTIME = ["cloudflare:workers", "node:crypto"];

const OBJECT_RULE: Rule = {
  rooms: [...WIRE, "src/ops/metrics.ts", "durable-objects/shared", "type:durable-objects", "migrations"],
  packages: RUNTIME,
};

function ruleOf(room: string): Rule | undefined {
  if (room === "durable-objects/tally") return { ...OBJECT_RULE, packages: [...RUNTIME, "itty-durable"] };
  return inside("durable-objects", room) ? OBJECT_RULE : RULES[room];
}

function isAllowed(rule: Rule, { from, target, isInternal, isTypeOnly }: Import): boolean {
  if (!isInternal) return rule.packages === "any" || rule.packages.includes(target);
  if (inside(roomOf(from), target)) return true;
  return rule.rooms.some((entry) => {
    const isForTypes = entry.startsWith("type:");
    const room = isForTypes ? entry.slice("type:".length) : entry;
    return (target === room || inside(room, target)) && (!isForTypes || isTypeOnly);
  });
}

const show = ({ from, target }: Import): string => `${from} imports ${target}`;

describe("who may import whom", () => {
  const imports = code.flatMap(importsOf);

  it("every room imports only what the table allows", () => {
    const offences = imports.filter((entry) => {
      const rule = ruleOf(roomOf(entry.from));
      return rule !== undefined && !isAllowed(rule, entry);
    });
    expect(offences.map(show)).toEqual([]);
  });

  it("every room of the Worker and its objects has a rule", () => {
    const rooms = new Set(code.map(roomOf).filter((room) => /^(src|durable-objects)\/./.test(room)));
    expect([...rooms].filter((room) => ruleOf(room) === undefined)).toEqual([]);
  });

  it("only tally imports itty-durable", () => {
    const offences = imports.filter(
      ({ target, from }) =>
        target.startsWith("itty-durable") && roomOf(from) !== "durable-objects/tally" && !inside("test", from),
    );
    expect(offences.map(show)).toEqual([]);
  });

  it("the client imports no server library", () => {
    const server = /^(node:|cloudflare:|drizzle|miniflare|wrangler|hono|jose)/;
    const offences = imports.filter(({ from, target }) => inside("web", from) && server.test(target));
    expect(offences.filter(({ from }) => !from.endsWith(".config.ts")).map(show)).toEqual([]);
  });

  it("nothing that is deployed imports a script or a test", () => {
    const offences = imports.filter(
      ({ from, target }) => /^(src|durable-objects|web)\//.test(from) && /^(scripts|test)\//.test(target),
    );
    expect(offences.map(show)).toEqual([]);
  });

  it("objects write their logs as everybody does", () => {
    const offences = code.filter((file) => inside("durable-objects", file) && /\bconsole\./.test(read(file)));
    expect(offences).toEqual([]);
  });

  it("the rules can fail: a forbidden import of each kind is seen", () => {
    const chat = (target: string, isTypeOnly = false): Import => ({
      from: "durable-objects/chat/chat-object.ts",
      target,
      isInternal: /^(src|durable-objects)\//.test(target),
      isTypeOnly,
    });
    expect(isAllowed(OBJECT_RULE, chat("durable-objects/user/user-object.ts", true))).toBe(true);
    expect(isAllowed(OBJECT_RULE, chat("durable-objects/user/user-object.ts"))).toBe(false);
    expect(isAllowed(OBJECT_RULE, chat("src/db/users.ts"))).toBe(false);
    expect(isAllowed(OBJECT_RULE, chat("drizzle-orm"))).toBe(false);
    expect(isAllowed(OBJECT_RULE, chat("src/ops/metrics.ts"))).toBe(true);
  });
});

describe("names and places", () => {
  const TOP_LEVEL = new Set([
    ...["package.json", "package-lock.json", "wrangler.toml", "tsconfig.json"],
    ...["README.md", "LICENSE", "CONTRIBUTING.md"],
    ...["src", "durable-objects", "migrations", "web", "test", "scripts", "docs"],
  ]);

  it("the top level holds what the plan names, and dotfiles", () => {
    const entries = new Set(files.map((file) => file.split("/")[0] ?? ""));
    expect([...entries].filter((entry) => !TOP_LEVEL.has(entry) && !entry.startsWith("."))).toEqual([]);
  });

  it("code files are named in kebab-case for the noun they hold", () => {
    const BANNED = new Set(["utils", "util", "helpers", "helper", "types", "common", "misc", "index"]);
    const offences = code.filter((file) => {
      if (file === "src/index.ts") return false;
      const name = basename(file).replace(/(\.config|\.test|\.prove|\.d)?\.(ts|tsx)$/, "");
      return !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) || BANNED.has(name);
    });
    expect(offences).toEqual([]);
  });

  it("no code file is longer than 400 lines", () => {
    const long = code
      .filter((file) => !inside("test", file))
      .map((file) => ({ file, lines: read(file).split("\n").length }))
      .filter(({ lines }) => lines > 400);
    expect(long).toEqual([]);
  });

  it("every folder of the plan has a README that fits a screen", () => {
    const folders = new Set(
      files
        .filter((file) => !file.startsWith("."))
        .flatMap((file) => {
          const [top = "", second] = dirname(file).split("/");
          const isRoom = ["src", "durable-objects", "web"].includes(top) && second !== undefined && isCode(file);
          return isRoom ? [top, `${top}/${second}`] : [top];
        }),
    );
    folders.delete(".");
    const missing = [...folders].filter((folder) => !files.includes(`${folder}/README.md`));
    expect(missing).toEqual([]);
    const long = [...folders].filter((folder) => read(`${folder}/README.md`).split("\n").length > 80);
    expect(long).toEqual([]);
  });

  it("nothing is left for later, and no rule is switched off", () => {
    const words = [
      "TO" + "DO",
      "FIX" + "ME",
      ".to" + "do(",
      "biome-" + "ignore",
      "@ts-" + "ignore",
      "@ts-" + "nocheck",
      "eslint-" + "disable",
    ];
    const offences = code.flatMap((file) => {
      const text = read(file);
      return words.filter((word) => text.includes(word)).map((word) => `${file}: ${word}`);
    });
    expect(offences).toEqual([]);
  });
});

describe("specifications", () => {
  /** Tests that may prove a rule: of the rooms that the page lies in, and those that see the whole from outside. */
  const OUTSIDE = ["blackbox", "convergence", "e2e", "http"];

  const idsOf = (text: string): string[] => [...text.matchAll(/^- \*\*([A-Z]{2,4}\d+)\*\*/gm)].map(([, id = ""]) => id);

  /** What a test file says in quotes: titles, however they are passed. */
  const titlesOf = (file: string): string =>
    [...read(file).matchAll(/(["'`])((?:\\.|(?!\1)[^\\\n])*)\1/g)].map(([, , text = ""]) => text).join("\n");

  const unproven = (spec: string, text: string): string[] => {
    const rooms = [...dirname(spec).split("/"), ...OUTSIDE].map((room) => `test/${room}`);
    const tests = files.filter(
      (file) => /\.(test|prove)\.tsx?$/.test(file) && rooms.some((room) => inside(room, file)),
    );
    const titles = tests.map(titlesOf).join("\n");
    return idsOf(text).filter((id) => !new RegExp(`\\b${id}\\b`).test(titles));
  };

  const specs = files.filter((file) => basename(file) === "SPEC.md");

  it.each(specs)("every rule of %s stands in the title of a test", (spec) => {
    expect(unproven(spec, read(spec))).toEqual([]);
  });

  it("every rule has an id of its own, and a rule without a test is seen", () => {
    for (const spec of specs) {
      const ids = idsOf(read(spec));
      expect(ids.length).toBeGreaterThan(0);
      expect(new Set(ids).size).toBe(ids.length);
    }
    expect(unproven("durable-objects/chat/SPEC.md", "- **ZZZ9** Nobody has written this test.")).toEqual(["ZZZ9"]);
  });
});

describe("packages", () => {
  const manifest = JSON.parse(read("package.json")) as Record<string, Record<string, string> | undefined>;
  const lock = JSON.parse(read("package-lock.json")) as {
    packages: Record<string, { resolved?: string; optionalDependencies?: Record<string, string> }>;
  };

  it("versions are exact", () => {
    const loose = ["dependencies", "devDependencies", "optionalDependencies"].flatMap((kind) =>
      Object.entries(manifest[kind] ?? {}).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)),
    );
    expect(loose).toEqual([]);
  });

  it("the lock file is whole for every platform and names no host", () => {
    const missing = Object.entries(lock.packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies)
        .filter(
          (name) => !(`node_modules/${name}` in lock.packages) && !(`${path}/node_modules/${name}` in lock.packages),
        )
        .map((name) => `${path || "parley"} wants ${name}`),
    );
    expect(missing).toEqual([]);
    expect(Object.values(lock.packages).filter(({ resolved }) => resolved !== undefined)).toEqual([]);
  });

  it("every npm script that a page names exists", () => {
    const scripts = manifest.scripts ?? {};
    const pages = files.filter((file) => file.endsWith(".md"));
    const unknown = pages.flatMap((page) =>
      [...read(page).matchAll(/\bnpm (run )?([a-z][\w:-]*)/g)]
        .filter(([, isRun, name = ""]) => isRun !== undefined && !(name in scripts))
        .map(([match]) => `${page}: ${match}`),
    );
    expect(unknown).toEqual([]);
  });
});

describe("pages", () => {
  it("every decision has a number of its own, in its name and in its title", () => {
    const decisions = files.filter((file) => /^docs\/decisions\/\d/.test(file));
    const numbers = decisions.map((file) => basename(file).slice(0, 4));
    expect(numbers.length).toBeGreaterThan(0);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(decisions.filter((file, i) => !read(file).startsWith(`# ${numbers[i]} `))).toEqual([]);
  });

  it("every link inside the project leads somewhere", () => {
    const broken = files
      .filter((file) => file.endsWith(".md"))
      .flatMap((page) =>
        [...read(page).matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)[^)]*\)/g)]
          .map(([, link = ""]) => ({ page, target: join(dirname(page), link) }))
          .filter(({ target }) => !existsSync(join(ROOT, target))),
      );
    expect(broken.map(({ page, target }) => `${page} → ${target}`)).toEqual([]);
  });
});

describe("deploy", () => {
  it("wrangler deploy --dry-run passes", async () => {
    const assets = await mkdtemp(join(tmpdir(), "parley-dry-run-"));
    try {
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [
          "node_modules/wrangler/bin/wrangler.js",
          "deploy",
          "--dry-run",
          "--assets",
          assets,
          "--outdir",
          join(assets, "out"),
        ],
        { cwd: ROOT, env: { ...process.env, CI: "1", WRANGLER_SEND_METRICS: "false" } },
      );
      for (const binding of ["CHATS", "USERS", "GUARDS", "PROJECTIONS", "DB", "ASSETS", "MODE"]) {
        expect(stdout).toContain(`env.${binding}`);
      }
    } finally {
      await rm(assets, { recursive: true, force: true });
    }
  });
});
