const SCRIPT = "/sw.js";

interface TrustedTypeFactory {
  createPolicy(
    name: string,
    rules: { createScriptURL(input: string): string },
  ): { createScriptURL(input: string): string };
}

function hasTrustedTypes(page: Window): page is Window & { trustedTypes: TrustedTypeFactory } {
  return "trustedTypes" in page;
}

/** Under `require-trusted-types-for` a script's address must come from a policy: ours knows this one address. */
function scriptUrl(): string {
  if (!hasTrustedTypes(window)) return SCRIPT;
  return window.trustedTypes.createPolicy("parley", { createScriptURL: () => SCRIPT }).createScriptURL(SCRIPT);
}

let is_asked = false;

/** Registers the app shell's cache, once. Not in development: there the server must always be asked. */
export function registerServiceWorker(): void {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator) || is_asked) return;
  is_asked = true;
  const register = (): void => {
    // Refused in private windows of some browsers: then there is no offline start, and all else works.
    navigator.serviceWorker.register(scriptUrl()).catch(() => undefined);
  };
  // Once the page has settled: installing downloads what the first screen did not need.
  if (document.readyState === "complete") register();
  else addEventListener("load", register, { once: true });
}
