import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { openGallery } from "../test/e2e/gallery/gallery.ts";
import { DIRECTIONS, showView, THEMES, VIEWS, WIDTHS } from "../test/e2e/gallery/views.ts";
import { PEOPLE_VIEWS } from "../test/e2e/gallery/views-people.ts";
import { launchBrowser } from "../test/harness/browser.ts";
import { ROOT } from "./paths.ts";

/**
 * Pictures of every screen at three widths, in both themes and both directions, for people to look at.
 * `node scripts/screenshots.ts [part of a view's name] [part of "phone-light-ltr" …]`
 */
const [wantedView = "", ...wantedKinds] = process.argv.slice(2);
const OUT = join(ROOT, "test", "e2e", "screenshots");
const AT_ONCE = 4;

const kinds = Object.entries(WIDTHS).flatMap(([width, [w, h]]) =>
  THEMES.flatMap((theme) =>
    Object.entries(DIRECTIONS).map(([direction, language]) => ({
      name: `${width}-${theme}-${direction}`,
      viewport: { width: w, height: h },
      theme,
      language,
      isPhone: width === "phone",
    })),
  ),
);

const jobs = [...VIEWS, ...PEOPLE_VIEWS]
  .filter((view) => view.name.includes(wantedView))
  .flatMap((view) =>
    kinds.filter((kind) => wantedKinds.every((part) => kind.name.includes(part))).map((kind) => ({ view, kind })),
  );

mkdirSync(OUT, { recursive: true });
const gallery = await openGallery();
const browser = await launchBrowser();
let failed = 0;

async function work(): Promise<void> {
  for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
    const { view, kind } = job;
    const context = await browser.newContext({
      viewport: kind.viewport,
      colorScheme: kind.theme,
      locale: kind.language,
      hasTouch: kind.isPhone,
      serviceWorkers: "block",
    });
    const page = await context.newPage();
    page.on("pageerror", (error) => console.error(`${view.name} ${kind.name}: ${error.message}`));
    try {
      await showView(page, gallery.url, view, { theme: kind.theme, language: kind.language });
      await page.screenshot({ path: join(OUT, `${view.name}.${kind.name}.png`) });
    } catch (error) {
      failed += 1;
      console.error(`${view.name} ${kind.name}: ${error instanceof Error ? error.message.split("\n")[0] : error}`);
    }
    await context.close();
  }
}

await Promise.all(Array.from({ length: AT_ONCE }, work));
await browser.close();
await gallery.stop();
console.log(`Pictures are in ${OUT}`);
process.exitCode = failed === 0 ? 0 : 1;
