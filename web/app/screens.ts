import { type ComponentType, createElement, type ReactElement, useState } from "react";
import { part } from "./part.ts";

/**
 * A screen of the start. Drawn at once where its code is already here: React shows the place of a lazy component empty
 * first, and keeps it so for a moment.
 */
function early<P extends object>(load: () => Promise<ComponentType<P>>) {
  let ready: ComponentType<P> | undefined;
  const fetched = async (): Promise<ComponentType<P>> => {
    ready = await load();
    return ready;
  };
  const Late = part(fetched);
  function Screen(props: P): ReactElement {
    // Chosen once: another component in its place would lose what it holds.
    const [shown] = useState<{ component: ComponentType<P> }>(() => ({ component: ready ?? Late }));
    return createElement(shown.component, props);
  }
  return { Screen, fetch: fetched };
}

/** The two halves of the client, the conversation, and what opens on demand: a chunk each, so that a phone starts with little. */
const auth = early(async () => (await import("./auth/auth-screen.tsx")).AuthScreen);
const main = early(async () => (await import("./main-screen.tsx")).MainScreen);
const conversation = early(async () => (await import("./conversation/conversation-pane.tsx")).ConversationPane);

const HINT = "parley.was_signed_in";

/** Remembers which half to fetch first next time; no more than a hint. */
export function rememberSignedIn(isSignedIn: boolean): void {
  try {
    if (isSignedIn) localStorage.setItem(HINT, "1");
    else localStorage.removeItem(HINT);
  } catch {
    // Without the hint the right half is fetched a moment later.
  }
}

function wasSignedIn(): boolean {
  try {
    return localStorage.getItem(HINT) !== null;
  } catch {
    return false;
  }
}

/** Also known to `web/public/first-paint.js`. */
export async function loadFirstScreen(): Promise<void> {
  if (!wasSignedIn()) await auth.fetch();
  else await Promise.all([main.fetch(), location.pathname.startsWith("/c/") && conversation.fetch()]);
}

/** Called when the list stands: the first chat that is opened shall not wait for its code. */
export function fetchConversation(): void {
  // Whether it failed is seen when a chat is opened.
  conversation.fetch().catch(() => undefined);
}

/** Called when somebody signs in: beside the question to the server. */
export function fetchMainScreen(): void {
  main.fetch().catch(() => undefined);
}

export const AuthScreen = auth.Screen;
export const MainScreen = main.Screen;
export const ConversationPane = conversation.Screen;
export const SettingsPane = part(async () => (await import("./settings/settings-pane.tsx")).SettingsPane);
export const DetailsPane = part(async () => (await import("./details/details-pane.tsx")).DetailsPane);
export const NewChatDialog = part(async () => (await import("./new-chat/new-chat-dialog.tsx")).NewChatDialog);
export const Palette = part(async () => (await import("./palette/palette.tsx")).Palette);
export const KeysDialog = part(async () => (await import("./palette/keys-dialog.tsx")).KeysDialog);
export const QrDialog = part(async () => (await import("./details/qr-dialog.tsx")).QrDialog);
export const PeoplePane = part(async () => (await import("./people/people-pane.tsx")).PeoplePane);
export const PeopleDialogHost = part(async () => (await import("./people/people-dialog-host.tsx")).PeopleDialogHost);
export const DirectoryPane = part(async () => (await import("./directory/directory-pane.tsx")).DirectoryPane);
export const JoinPane = part(async () => (await import("./join/join-pane.tsx")).JoinPane);
export const ReportsPane = part(async () => (await import("./admin/reports-pane.tsx")).ReportsPane);
export const ChatSearchPane = part(async () => (await import("./search/chat-search-pane.tsx")).ChatSearchPane);
export const RemindersDialog = part(async () => (await import("./news/reminders-dialog.tsx")).RemindersDialog);
export const FailuresDialog = part(async () => (await import("./news/failures-dialog.tsx")).FailuresDialog);
export const ThreadPane = part(async () => (await import("./thread/thread-pane.tsx")).ThreadPane);
export const ThreadsPane = part(async () => (await import("./thread/threads-pane.tsx")).ThreadsPane);
export const EmojiPicker = part(async () => (await import("./conversation/emoji-picker.tsx")).EmojiPicker);
