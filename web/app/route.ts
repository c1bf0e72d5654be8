import { useSyncExternalStore } from "react";

/** Where a person is. Every chat and every settings page has an address, so that back, reload and links work. */
export type Route =
  | { at: "home" }
  | {
      at: "chat";
      chat_id: string;
      is_details_open: boolean;
      is_search_open?: true;
      thread?: number | "list";
      message?: number;
    }
  | { at: "settings"; page: SettingsPage | undefined }
  | { at: "people"; user_id?: string }
  | { at: "directory" }
  | { at: "join"; code: string }
  | { at: "reports" }
  | { at: "sign_in" }
  | { at: "register" };

export const SETTINGS_PAGES = ["profile", "privacy", "notifications", "appearance", "devices"] as const;
export type SettingsPage = (typeof SETTINGS_PAGES)[number];

/** Reads an address; anything unknown is home. */
export function parseRoute(path: string): Route {
  const [first, second, third, fourth] = path.split("/").filter(Boolean);
  if (first === "c" && second !== undefined && third === "search")
    return { at: "chat", chat_id: decodeURIComponent(second), is_details_open: false, is_search_open: true };
  if (first === "c" && second !== undefined && third === "t") return threadRoute(decodeURIComponent(second), fourth);
  if (first === "c" && second !== undefined && third === "m") return messageRoute(decodeURIComponent(second), fourth);
  if (first === "c" && second !== undefined)
    return { at: "chat", chat_id: decodeURIComponent(second), is_details_open: third === "details" };
  if (first === "settings") return { at: "settings", page: SETTINGS_PAGES.find((page) => page === second) };
  if (first === "people")
    return second === undefined ? { at: "people" } : { at: "people", user_id: decodeURIComponent(second) };
  if (first === "directory") return { at: "directory" };
  if (first === "join" && second !== undefined) return { at: "join", code: decodeURIComponent(second) };
  if (first === "admin" && second === "reports") return { at: "reports" };
  if (first === "sign-in") return { at: "sign_in" };
  if (first === "register") return { at: "register" };
  return { at: "home" };
}

export function pathOf(route: Route): string {
  switch (route.at) {
    case "home":
      return "/";
    case "chat":
      return `/c/${encodeURIComponent(route.chat_id)}${panelOf(route)}`;
    case "settings":
      return route.page === undefined ? "/settings" : `/settings/${route.page}`;
    case "people":
      return route.user_id === undefined ? "/people" : `/people/${encodeURIComponent(route.user_id)}`;
    case "directory":
      return "/directory";
    case "join":
      return `/join/${encodeURIComponent(route.code)}`;
    case "reports":
      return "/admin/reports";
    case "sign_in":
      return "/sign-in";
    case "register":
      return "/register";
  }
}

export const chatRoute = (chatId: string, isDetailsOpen = false): Route & { at: "chat" } => ({
  at: "chat",
  chat_id: chatId,
  is_details_open: isDetailsOpen,
});

/** The part of a chat's address that says what is open beside it. */
function panelOf({ thread, message, is_search_open, is_details_open }: Route & { at: "chat" }): string {
  if (message !== undefined) return `/m/${message}`;
  if (thread !== undefined) return thread === "list" ? "/t" : `/t/${thread}`;
  return is_search_open ? "/search" : is_details_open ? "/details" : "";
}

/** The number of a message as an address has it; undefined for anything else. */
function seqOf(text: number | string | undefined): number | undefined {
  const seq = Number(text);
  return Number.isSafeInteger(seq) && seq > 0 ? seq : undefined;
}

/** A thread by its first message's number, or the list of a chat's threads. */
export const threadRoute = (chatId: string, root?: number | string): Route => ({
  ...chatRoute(chatId),
  thread: seqOf(root) ?? "list",
});

/** A message by its number: a place that leads on to the chat or thread it stands in. */
export function messageRoute(chatId: string, number: number | string | undefined): Route {
  const message = seqOf(number);
  return message === undefined ? chatRoute(chatId) : { ...chatRoute(chatId), message };
}

/** The search within a chat. */
export const chatSearchRoute = (chatId: string): Route => ({
  at: "chat",
  chat_id: chatId,
  is_details_open: false,
  is_search_open: true,
});

let path = location.pathname;
let route = parseRoute(path);
const listeners = new Set<() => void>();

function refresh(): void {
  if (location.pathname === path) return;
  path = location.pathname;
  route = parseRoute(path);
  for (const listener of listeners) listener();
}
addEventListener("popstate", refresh);

/** Steps made inside the app that the browser's back can undo. */
let depth = 0;
const depthOf = (state: unknown): number =>
  typeof state === "object" && state !== null && "depth" in state && typeof state.depth === "number" ? state.depth : 0;
addEventListener("popstate", (event) => {
  depth = depthOf(event.state);
});
depth = depthOf(history.state);

/** Goes to a place. `replace` leaves no step behind for the back button. */
export function navigate(to: Route, options: { replace?: boolean } = {}): void {
  const next = pathOf(to);
  if (next === location.pathname) return;
  if (options.replace === true) history.replaceState({ depth }, "", next);
  else {
    depth += 1;
    history.pushState({ depth }, "", next);
  }
  refresh();
}

/** One step back: the browser's if the app made the step, else up to `fallback`. */
export function goBack(fallback: Route): void {
  if (depth > 0) history.back();
  else navigate(fallback, { replace: true });
}

export const currentRoute = (): Route => route;

export const useRoute = (): Route =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => route,
  );
