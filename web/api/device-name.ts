/** What the list of devices calls this one: browser and system, from the user agent; empty if neither is known. */
export function deviceName(userAgent: string): string {
  const browser = BROWSERS.find(([, mark]) => mark.test(userAgent))?.[0];
  const system = SYSTEMS.find(([, mark]) => mark.test(userAgent))?.[0];
  return [browser, system].filter((part) => part !== undefined).join(", ");
}

/** A phone or tablet carried about, or whatever else has a browser. */
export const deviceType = (userAgent: string): "mobile" | "web" =>
  /\b(?:Mobi|Mobile|Android|iPhone|iPad)\b/.test(userAgent) ? "mobile" : "web";

/** In this order: each of the later ones is named in the user agents of the earlier. */
const BROWSERS: readonly (readonly [string, RegExp])[] = [
  ["Edge", /Edg(?:e|A|iOS)?\//],
  ["Opera", /OPR\//],
  ["Samsung Internet", /SamsungBrowser\//],
  ["Firefox", /(?:Firefox|FxiOS)\//],
  ["Chrome", /(?:Chrome|CriOS)\//],
  ["Safari", /Safari\//],
];
const SYSTEMS: readonly (readonly [string, RegExp])[] = [
  ["iPhone", /iPhone/],
  ["iPad", /iPad/],
  ["Android", /Android/],
  ["Windows", /Windows/],
  ["ChromeOS", /CrOS/],
  ["macOS", /Mac OS X/],
  ["Linux", /Linux/],
];
