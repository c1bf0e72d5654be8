import { createRoot } from "react-dom/client";
import { App } from "./app/app.tsx";
import { loaded } from "./app/part.ts";
import { preferences } from "./app/preferences.ts";
import { loadFirstScreen } from "./app/screens.ts";
import { startTranslation } from "./i18n/translation.ts";
import "./styles/base.css";
import { createParleyClient } from "./sync/parley-client.ts";

/** Words, code of the first screen and the device's store are fetched at the same time; the first paint needs all. */
async function start(): Promise<void> {
  const root = document.getElementById("root");
  if (root === null) throw new Error("index.html has no #root");
  const client = createParleyClient(loaded);
  await Promise.all([
    loaded(() => startTranslation(preferences.get().language)),
    // Whether it failed is seen when it is drawn, and said there.
    loadFirstScreen().catch(() => undefined),
  ]);
  createRoot(root).render(<App client={client} />);
}

// The letters come while the code is read and run. Sooner they would be in its way; words in another face come first then.
document.fonts.load("1rem 'Inter Variable'").catch(() => undefined);
void start();
