import { lazy } from "react";

/** The two halves of the client, and what opens on demand: a chunk each, so that a phone starts with one of them. */
const auth = () => import("./auth/auth-screen.tsx");
const main = () => import("./main-screen.tsx");

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

export const loadFirstScreen = (): Promise<unknown> => (wasSignedIn() ? main() : auth());

export const AuthScreen = lazy(async () => ({ default: (await auth()).AuthScreen }));
export const MainScreen = lazy(async () => ({ default: (await main()).MainScreen }));
export const SettingsPane = lazy(async () => ({
  default: (await import("./settings/settings-pane.tsx")).SettingsPane,
}));
export const DetailsPane = lazy(async () => ({ default: (await import("./details/details-pane.tsx")).DetailsPane }));
export const NewChatDialog = lazy(async () => ({
  default: (await import("./new-chat/new-chat-dialog.tsx")).NewChatDialog,
}));
export const Palette = lazy(async () => ({ default: (await import("./palette/palette.tsx")).Palette }));
export const KeysDialog = lazy(async () => ({ default: (await import("./palette/keys-dialog.tsx")).KeysDialog }));
export const QrDialog = lazy(async () => ({ default: (await import("./details/qr-dialog.tsx")).QrDialog }));
export const PeoplePane = lazy(async () => ({ default: (await import("./people/people-pane.tsx")).PeoplePane }));
export const PeopleDialogHost = lazy(async () => ({
  default: (await import("./people/people-dialog-host.tsx")).PeopleDialogHost,
}));
export const DirectoryPane = lazy(async () => ({
  default: (await import("./directory/directory-pane.tsx")).DirectoryPane,
}));
export const JoinPane = lazy(async () => ({ default: (await import("./join/join-pane.tsx")).JoinPane }));
export const ReportsPane = lazy(async () => ({ default: (await import("./admin/reports-pane.tsx")).ReportsPane }));
export const ChatSearchPane = lazy(async () => ({
  default: (await import("./search/chat-search-pane.tsx")).ChatSearchPane,
}));
export const RemindersDialog = lazy(async () => ({
  default: (await import("./news/reminders-dialog.tsx")).RemindersDialog,
}));
export const FailuresDialog = lazy(async () => ({
  default: (await import("./news/failures-dialog.tsx")).FailuresDialog,
}));
export const ThreadPane = lazy(async () => ({ default: (await import("./thread/thread-pane.tsx")).ThreadPane }));
export const ThreadsPane = lazy(async () => ({ default: (await import("./thread/threads-pane.tsx")).ThreadsPane }));
export const EmojiPicker = lazy(async () => ({
  default: (await import("./conversation/emoji-picker.tsx")).EmojiPicker,
}));
