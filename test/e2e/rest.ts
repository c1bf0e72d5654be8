import type { Page } from "playwright-core";

/**
 * Waits until the timeline is where it stays: for many drawn frames, so on a slow machine for longer. A menu that is
 * opened before goes when the list moves.
 */
export async function rest(page: Page): Promise<void> {
  await page
    .locator(".timeline")
    .first()
    .evaluate(async (list) => {
      for (let still = 0, at = Number.NaN; still < 20; at = list.scrollTop) {
        await new Promise((resolve) => requestAnimationFrame(resolve));
        still = list.scrollTop === at ? still + 1 : 0;
      }
    });
}
