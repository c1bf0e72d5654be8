import type { Page } from "playwright-core";

// Written as text: the tool that takes screenshots uses it too, and knows no page.
const STILL = `new Promise((resolve) => {
  const list = document.querySelector(".timeline");
  let still = 0;
  let at;
  const look = () => {
    still = list.scrollTop === at ? still + 1 : 0;
    at = list.scrollTop;
    if (still < 20) requestAnimationFrame(look);
    else resolve();
  };
  look();
})`;

/**
 * Waits until the timeline is where it stays: for many drawn frames, so on a slow machine for longer. A menu that is
 * opened before goes when the list moves.
 */
export async function rest(page: Page): Promise<void> {
  await page.locator(".timeline").first().waitFor();
  await page.evaluate(STILL);
}
