import { type RefObject, useEffect, useRef } from "react";
import type { ParleyClient } from "../sync/client.ts";
import { arranged } from "./chat-list/chat-state.ts";
import { hasCommand, isTyping } from "./keys.ts";
import type { Overlay } from "./overlays.tsx";
import { useParley } from "./parley-context.tsx";
import { preferences } from "./preferences.ts";
import { chatRoute, chatSearchRoute, currentRoute, goBack, navigate } from "./route.ts";
import type { Width } from "./width.ts";

export interface ShortcutOptions {
  width: Width;
  isDetailsShown: boolean;
  toggleDetails: () => void;
  openOverlay: (overlay: Overlay) => void;
  search: RefObject<HTMLInputElement | null>;
}

function openNeighbour(client: ParleyClient, by: 1 | -1): void {
  const lines = arranged(client.inbox.get().lines);
  const route = currentRoute();
  const index = route.at === "chat" ? lines.findIndex((line) => line.chat_id === route.chat_id) : -1;
  const next = lines[index < 0 ? 0 : index + by];
  if (next !== undefined) navigate(chatRoute(next.chat_id));
}

/** Esc: one step back, from the outermost thing that is open. Menus and dialogs have taken theirs before this. */
function stepBack({ isDetailsShown, toggleDetails, search }: ShortcutOptions): void {
  const route = currentRoute();
  if (document.activeElement === search.current && search.current !== null) search.current.blur();
  else if (route.at === "chat" && route.thread !== undefined) goBack(chatRoute(route.chat_id));
  else if (isDetailsShown) toggleDetails();
  else if (route.at === "chat" && route.is_search_open) goBack(chatRoute(route.chat_id));
  else if (route.at !== "chat" && route.at !== "home") goBack({ at: "home" });
  else if (route.at === "chat") {
    const chatId = route.chat_id;
    navigate({ at: "home" });
    requestAnimationFrame(() =>
      document.querySelector<HTMLElement>(`[role=option][data-key="${CSS.escape(chatId)}"]`)?.focus(),
    );
  }
}

/** Ctrl+F searches the open chat; pressed again in that search, it is the browser's own. */
function searchChat(run: (action: () => void) => void): void {
  const route = currentRoute();
  if (route.at !== "chat") return;
  if (route.is_search_open !== true) run(() => navigate(chatSearchRoute(route.chat_id)));
  else if (document.activeElement?.closest(".details-pane") === null)
    run(() => document.querySelector<HTMLElement>(".chat-search-head input")?.focus());
}

/** The keys that work everywhere. Single letters only where nobody is typing, and only if the person wants them. */
export function useShortcuts(options: ShortcutOptions): void {
  const client = useParley();
  const latest = useRef(options);
  latest.current = options;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.isComposing) return;
      const { openOverlay, toggleDetails, search } = latest.current;
      const isOverlaid = document.querySelector(".modal-overlay, .menu-popover, .emoji-popover") !== null;
      const run = (action: () => void): void => {
        event.preventDefault();
        action();
      };
      if (hasCommand(event) && !event.altKey && !event.shiftKey) {
        if (event.key === "k") run(() => openOverlay("palette"));
        else if (event.key === "," && !isOverlaid) run(() => navigate({ at: "settings", page: undefined }));
        else if (event.key === "f" && !isOverlaid) searchChat(run);
        else if (event.key === "." && !isOverlaid && currentRoute().at === "chat") run(toggleDetails);
        return;
      }
      if (isOverlaid) return;
      if (event.altKey && event.key === "ArrowDown") run(() => openNeighbour(client, 1));
      else if (event.altKey && event.key === "ArrowUp") run(() => openNeighbour(client, -1));
      else if (event.key === "Escape") run(() => stepBack(latest.current));
      if (event.altKey || event.ctrlKey || event.metaKey || isTyping(event.target)) return;
      if (!preferences.get().has_single_keys) return;
      if (event.key === "?") run(() => openOverlay("keys"));
      else if (event.key === "n") run(() => openOverlay("new_chat"));
      else if (event.key === "/" && search.current !== null) run(() => search.current?.focus());
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [client]);
}
