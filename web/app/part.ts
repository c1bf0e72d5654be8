import { type ComponentType, type LazyExoticComponent, lazy } from "react";

/** Builds that this tab was loaded anew for by itself, in sessionStorage: each of them once, so that it can never go round. */
const LOADED_FOR = "parley.loaded_for";
const ENTRY = /<script type="module"[^>]* src="([^"]+)"/;
const FIELDS = "textarea, input:not([type=checkbox], [type=radio], [type=range])";

/** A screen whose code is fetched when it is first drawn. */
export const part = <P extends object>(load: () => Promise<ComponentType<P>>): LazyExoticComponent<ComponentType<P>> =>
  lazy(async () => ({ default: await loaded(load) }));

/**
 * Code that is needed now. Where it cannot be had because the server has another build by now, which took this one's
 * files away, the page is loaded anew, and the promise stays open. Not where somebody is writing: then, as in any other
 * trouble, it rejects, and what stands in the screen's place offers the same.
 */
export async function loaded<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (!(await isOutdated())) throw error;
    location.reload();
    return new Promise(() => undefined);
  }
}

/** Would the page, loaded anew, be one that this tab has not tried, and would nothing be lost by it? Then it is noted as tried. */
async function isOutdated(): Promise<boolean> {
  try {
    const own = document.querySelector('script[type="module"][src]')?.getAttribute("src");
    // The service worker answers with what it would answer a reload with, and without one the server does.
    const response = await fetch("/", { cache: "no-cache" });
    const entry = response.ok ? ENTRY.exec(await response.text())?.[1] : undefined;
    if (!own || !entry || entry === own || isWriting()) return false;
    const before: unknown = JSON.parse(sessionStorage.getItem(LOADED_FOR) ?? "[]");
    if (!Array.isArray(before) || before.includes(entry)) return false;
    sessionStorage.setItem(LOADED_FOR, JSON.stringify([...before, entry]));
    return true;
  } catch {
    // Without a network, or a place to note it, nothing is tried.
    return false;
  }
}

const isWriting = (): boolean =>
  [...document.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>(FIELDS)].some(({ value }) => value !== "");
