import { useEffect } from "react";
import type { ParleyClient } from "../sync/client.ts";
import { jumpToNumber } from "./jump-request.ts";
import { useParley } from "./parley-context.tsx";
import { chatRoute, messageRoute, navigate, parseRoute, pathOf, type Route, useRoute } from "./route.ts";

/** The address of a message, for whoever may read it: it opens the chat, or the thread, at its place. */
export const messageAddress = (chatId: string, seq: number): string =>
  new URL(pathOf(messageRoute(chatId, seq)), location.origin).href;

/** Where an address leads within this Parley; undefined for any other, and for what the app has no screen for. */
function placeOf(address: string): Route | undefined {
  if (!URL.canParse(address)) return undefined;
  const { origin, pathname, search, hash } = new URL(address);
  if (origin !== location.origin || search !== "" || hash !== "") return undefined;
  const route = parseRoute(pathname);
  return route.at === "home" && pathname !== "/" ? undefined : route;
}

/** Links to this Parley that people write to each other open here and not in another tab, unless a key asks for one. */
function followOwnLink(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || !(event.target instanceof Element)) return;
  const link = event.target.closest<HTMLAnchorElement>("a[href]");
  if (link === null || link.hasAttribute("download")) return;
  const place = placeOf(link.href);
  if (place === undefined) return;
  event.preventDefault();
  navigate(place);
}

/** The address of a message becomes that of its chat, so that a reload later does not lead back to it. */
function openMessage(client: ParleyClient, chatId: string, seq: number): void {
  navigate(chatRoute(chatId), { replace: true });
  void jumpToNumber(client, chatId, seq);
}

/** Follows links to places of this Parley, and leads to the message that an address names. */
export function useOwnLinks(): void {
  const client = useParley();
  const route = useRoute();
  const chatId = route.at === "chat" ? route.chat_id : undefined;
  const seq = route.at === "chat" ? route.message : undefined;
  useEffect(() => {
    if (chatId !== undefined && seq !== undefined) openMessage(client, chatId, seq);
  }, [client, chatId, seq]);
  useEffect(() => {
    document.addEventListener("click", followOwnLink);
    return () => document.removeEventListener("click", followOwnLink);
  }, []);
}
