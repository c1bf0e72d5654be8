import { fileURLToPath } from "node:url";
import { defineConfig, mergeConfig } from "vite";
import base from "../../../web/vite.config.ts";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

// Also when a test runner builds it.
process.env.NODE_ENV = "production";

/**
 * The client's screens over a client that is made up: every state at will, the same in every picture. For looking and
 * for drawing tests only; nothing of it is in the product.
 */
export default mergeConfig(
  base,
  defineConfig({
    root: at("../../../web"),
    plugins: [
      {
        name: "parley-gallery",
        enforce: "pre",
        resolveId: (source) => (source.endsWith("/sync/parley-client.ts") ? at("./fake-client.ts") : undefined),
      },
    ],
  }),
);
