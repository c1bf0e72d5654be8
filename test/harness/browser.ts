import { existsSync } from "node:fs";
import { type Browser, chromium as playwright } from "playwright-core";

/** Debian's, then other usual places; tried in this order. */
const INSTALLED = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/**
 * No sandbox, because tests often run as root; nothing that reaches for the network by itself. Web security
 * stays on: what these tests prove must hold in the browsers people use.
 */
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
];

/** The browser's binary: PARLEY_CHROMIUM, an installed one, or the one that npm brought. */
export async function chromiumPath(): Promise<string> {
  const chosen = process.env.PARLEY_CHROMIUM;
  if (chosen) return chosen;
  const installed = INSTALLED.find((path) => existsSync(path));
  if (installed !== undefined) return installed;
  // The package unpacks its libraries only where it believes to run on Lambda.
  process.env.AWS_EXECUTION_ENV ??= "AWS_Lambda_nodejs22.x";
  const { default: packed } = await import("@sparticuz/chromium");
  return packed.executablePath();
}

/** Starts Chromium, headless. Close it when done; each person in a test gets a context of their own. */
export async function launchBrowser(flags: readonly string[] = []): Promise<Browser> {
  return playwright.launch({
    executablePath: await chromiumPath(),
    args: [...FLAGS, ...flags],
    headless: true,
  });
}
