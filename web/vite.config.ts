import { createHash } from "node:crypto";
import react from "@vitejs/plugin-react";
import emojiGerman from "emojibase-data/de/data.json" with { type: "json" };
import emojiGermanNames from "emojibase-data/de/messages.json" with { type: "json" };
import emojiEnglish from "emojibase-data/en/data.json" with { type: "json" };
import emojiEnglishNames from "emojibase-data/en/messages.json" with { type: "json" };
import { defineConfig, type Plugin } from "vite";

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

/** Tells the service worker which files make the shell, and lets the page ask for its Latin letters at once. */
function shell(): Plugin {
  return {
    name: "parley-shell",
    enforce: "post",
    transformIndexHtml(_html, { bundle }) {
      const latin = Object.keys(bundle ?? {}).find((name) => /inter-latin-wght-normal/.test(name));
      if (latin === undefined) return [];
      const attrs = { rel: "preload", as: "font", type: "font/woff2", href: `/${latin}`, crossorigin: "" };
      return [{ tag: "link", attrs, injectTo: "head" }];
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
        // Pieces of libraries that several screens share come in few files, an icon not in one of its own. Only libraries: where
        // our own sheets stand among each other is left to who imports whom.
        codeSplitting: {
          groups: [
            {
              name: "shared",
              test: (id: string) => id.includes("/node_modules/") && !id.endsWith(".css"),
              minShareCount: 2,
              includeDependenciesRecursively: false,
              entriesAware: true,
              entriesAwareMergeThreshold: 16_000,
            },
          ],
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
