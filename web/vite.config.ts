import { createHash } from "node:crypto";
import { join } from "node:path";
import react from "@vitejs/plugin-react";
import emojiGerman from "emojibase-data/de/data.json" with { type: "json" };
import emojiGermanNames from "emojibase-data/de/messages.json" with { type: "json" };
import emojiEnglish from "emojibase-data/en/data.json" with { type: "json" };
import emojiEnglishNames from "emojibase-data/en/messages.json" with { type: "json" };
import { defineConfig, type Plugin, type Rolldown } from "vite";

const SERVICE_WORKER = "sw.js";

/** The emoji picker fetches these by address; Emojibase has no Arabic, whose speakers search by the English names. */
const EMOJI = {
  "emoji/en/data.json": emojiEnglish,
  "emoji/en/messages.json": emojiEnglishNames,
  "emoji/de/data.json": emojiGerman,
  "emoji/de/messages.json": emojiGermanNames,
};

/** Serves Emojibase's files from this origin: nothing is ever asked of a foreign host. */
function emoji(): Plugin {
  return {
    name: "parley-emoji",
    configureServer(server) {
      for (const [path, data] of Object.entries(EMOJI))
        server.middlewares.use(`/${path}`, (_request, response) => response.end(JSON.stringify(data)));
    },
    generateBundle() {
      for (const [fileName, data] of Object.entries(EMOJI))
        this.emitFile({ type: "asset", fileName, source: JSON.stringify(data) });
    },
  };
}

/** React Aria carries its own words in thirty languages; ours are the ones the client can be switched to. */
function ariaLanguages(): Plugin {
  const kept = /\/(en-US|de-DE|ar-AE)\.mjs$/;
  const any = /\/react-(?:aria|aria-components|stately)\/.*\/intl\/.*\/?[a-z]{2}-[A-Z]{2}\.mjs$/;
  return {
    name: "parley-aria-languages",
    enforce: "pre",
    load: {
      filter: { id: any },
      handler: (id) => (kept.test(id) ? undefined : "export default {};"),
    },
  };
}

/** What each half and each language needs beyond what the page itself names: first-paint.js knows which of them is coming. */
function partsToLoad(bundle: Rolldown.OutputBundle): Record<string, string[]> {
  const chunks = Object.values(bundle).filter((file) => file.type === "chunk");
  const filesOf = (...names: string[]): string[] =>
    chunks
      .filter(({ name }) => names.includes(name))
      .flatMap((chunk) => [...(chunk.viteMetadata?.importedCss ?? []), chunk.fileName])
      .map((file) => `/${file}`);
  const languages = chunks.flatMap(({ name }) => /^words-(.+)$/.exec(name)?.[1] ?? []);
  return {
    "sign-in": filesOf("both", "sign-in"),
    list: filesOf("both", "chats", "engine"),
    chat: filesOf("both", "chats", "engine", "conversation"),
    ...Object.fromEntries(languages.map((language) => [language, filesOf(`words-${language}`)])),
  };
}

/** Tells the service worker which files make the shell, and the page's first script which of them a start needs. */
function shell(): Plugin {
  return {
    name: "parley-shell",
    enforce: "post",
    transformIndexHtml(html, { bundle }) {
      if (bundle === undefined) return html;
      return html.replace(
        `"parley-parts" content="{}"`,
        `"parley-parts" content='${JSON.stringify(partsToLoad(bundle))}'`,
      );
    },
    generateBundle(_options, bundle) {
      const worker = bundle[SERVICE_WORKER];
      if (worker?.type !== "chunk") return;
      if (worker.imports.length > 0) throw new Error("The service worker must be one file without imports.");
      const isShell = (name: string): boolean =>
        name !== SERVICE_WORKER &&
        name !== "index.html" &&
        !name.endsWith(".map") &&
        !name.startsWith("emoji/") &&
        (!name.endsWith(".woff2") || name.includes("inter-latin-wght"));
      const built = Object.keys(bundle).filter(isShell).sort();
      const files = ["/", "/first-paint.js", "/icon.svg", "/manifest.webmanifest", ...built.map((name) => `/${name}`)];
      const hash = createHash("sha256").update(files.join("\n"));
      const page = bundle["index.html"];
      if (page?.type === "asset") hash.update(page.source);
      const version = hash.digest("hex").slice(0, 12);
      worker.code = worker.code.replaceAll("__SHELL__", JSON.stringify({ version, files }));
    },
  };
}

/**
 * What a phone starts with comes in few files, as each is a question to the server: what every start needs, what both
 * halves need, each half, and the engine under the second. Whatever opens on demand runs beside the second half alone, so
 * that what it shares with that lies there.
 */
function halves(): Rolldown.CodeSplittingNameFunction {
  let parts: Map<string, string> | undefined;
  return (id, context) => {
    const words = /\/web\/locales\/([a-z]+)[^/]*\.json$/.exec(id);
    if (words) return `words-${words[1]}`;
    parts ??= partsOf((of) => context.getModuleInfo(of)?.importedIds ?? []);
    return parts.get(id);
  };
}

/** `importsOf`: ids of what a module imports when it is loaded, not on demand. */
function partsOf(importsOf: (id: string) => readonly string[]): Map<string, string> {
  const from = (file: string): Set<string> => {
    const found = new Set([join(import.meta.dirname, file)]);
    for (const id of found) for (const imported of importsOf(id)) found.add(imported);
    return found;
  };
  const auth = from("app/auth/auth-screen.tsx");
  const chats = from("app/main-screen.tsx");
  const conversation = from("app/conversation/conversation-pane.tsx");
  const parts = new Map<string, string>();
  const claim = (ids: Iterable<string>, name: string): void => {
    for (const id of ids) if (!parts.has(id)) parts.set(id, name);
  };
  claim(from("main.tsx"), "start");
  claim(
    [...auth].filter((id) => chats.has(id)),
    "both",
  );
  claim(auth, "sign-in");
  claim(chats, "chats");
  claim(conversation, "conversation");
  claim(from("sync/seat-opening.ts"), "engine");
  return parts;
}

const shared: Rolldown.CodeSplittingGroup[] = [
  {
    name: "shared",
    test: (id: string) => id.includes("/node_modules/") && !id.endsWith(".css"),
    minShareCount: 2,
    entriesAware: true,
    entriesAwareMergeThreshold: 16_000,
  },
];

// A build is for production whoever asks for it: a test runner's NODE_ENV would leave React's development build in it,
// and the service worker out.
if (process.argv.includes("build")) process.env.NODE_ENV = "production";

export default defineConfig({
  plugins: [react(), ariaLanguages(), emoji(), shell()],
  build: {
    outDir: "dist",
    target: "es2023",
    // Scripts and styles stay files of their own: the content security policy allows no other.
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: { index: "index.html", sw: "sw/service-worker.ts" },
      output: {
        codeSplitting: {
          includeDependenciesRecursively: false,
          groups: [{ name: halves(), debugName: "halves" }, ...shared],
        },
        // A group is named after everybody who uses it: the first part says enough.
        chunkFileNames: ({ name }) => `assets/${name.split("~", 1)[0]}-[hash].js`,
        entryFileNames: ({ name }) => (name === "sw" ? SERVICE_WORKER : "assets/[name]-[hash].js"),
      },
    },
  },
  server: {
    host: "127.0.0.1",
    // `npm run` gives the server a port of its own; the client is developed beside it.
    proxy: { "/api": { target: process.env.PARLEY_SERVER ?? "http://127.0.0.1:8787", ws: true } },
  },
});
