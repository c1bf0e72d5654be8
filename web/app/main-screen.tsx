import { Suspense, useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Self } from "../../src/protocol/user.ts";
import { ChatListPane } from "./chat-list/chat-list-pane.tsx";
import { ErrorBoundary } from "./error-boundary.tsx";
import { keepFailure } from "./failures.ts";
import { errorWords } from "./fault-words.ts";
import { useFocusReturn } from "./focus-return.ts";
import { HomePane } from "./home/home-pane.tsx";
import { ListDivider } from "./list-divider.tsx";
import "./main-screen.css";
import { useDesktopNews } from "./news/desktop-news.ts";
import { useDueReminders } from "./news/due-reminders.ts";
import { useNewRequests } from "./news/new-requests.ts";
import { type Overlay, OverlayContext } from "./overlays.tsx";
import { useOwnLinks } from "./own-links.ts";
import { useParley, useReadable } from "./parley-context.tsx";
import { preferences, usePreferences } from "./preferences.ts";
import { chatRoute, goBack, navigate, useRoute } from "./route.ts";
import {
  ChatSearchPane,
  ConversationPane,
  DetailsPane,
  DirectoryPane,
  FailuresDialog,
  fetchConversation,
  JoinPane,
  KeysDialog,
  NewChatDialog,
  Palette,
  PeopleDialogHost,
  PeoplePane,
  RemindersDialog,
  ReportsPane,
  SettingsPane,
  ThreadPane,
  ThreadsPane,
} from "./screens.ts";
import { useShortcuts } from "./shortcuts.ts";
import { SignOutDialog } from "./sign-out-dialog.tsx";
import { showToast } from "./toasts.ts";
import { useWidth } from "./width.ts";

/** Everything a signed-in person sees: list, conversation, details or settings, and what lies over them. */
export function MainScreen({ me }: { me: Self }) {
  const { t } = useTranslation();
  const route = useRoute();
  const width = useWidth();
  const { list_width, is_details_open } = usePreferences();
  const [overlay, setOverlay] = useState<Overlay | undefined>(undefined);
  const [isListOpen, setListOpen] = useState(false);
  const search = useRef<HTMLInputElement>(null);

  const chatId = route.at === "chat" ? route.chat_id : undefined;
  const isHome = route.at === "home" || route.at === "sign_in" || route.at === "register";
  const isSearchShown = route.at === "chat" && route.is_search_open === true;
  // On a wide screen the panel is a preference; where it covers the conversation it is a place of its own.
  const isDetailsShown =
    route.at === "chat" &&
    !isSearchShown &&
    route.thread === undefined &&
    (route.is_details_open || (width === "desktop" && is_details_open));
  const thread = route.at === "chat" ? route.thread : undefined;
  const isRail = width === "tablet" && !isHome && !isListOpen;

  const toggleDetails = useCallback(() => {
    if (chatId === undefined) return;
    if (width === "desktop") {
      preferences.set({ is_details_open: !isDetailsShown });
      navigate(chatRoute(chatId), { replace: true });
    } else if (isDetailsShown) goBack(chatRoute(chatId));
    else navigate(chatRoute(chatId, true));
  }, [chatId, width, isDetailsShown]);

  useEffect(() => {
    if (route.at === "sign_in" || route.at === "register") navigate({ at: "home" }, { replace: true });
  }, [route.at]);
  useEffect(() => {
    // Choosing a chat folds the list that was opened to choose it.
    if (chatId !== undefined) setListOpen(false);
  }, [chatId]);
  useEffect(() => fetchConversation(), []);
  useUnreadInTitle();
  useRefusals(useCallback(() => setOverlay("failures"), []));
  useShortcuts({ width, isDetailsShown, toggleDetails, openOverlay: setOverlay, search });

  useDueReminders();
  useNewRequests();
  useOwnLinks();
  useDesktopNews(me.user_id);
  useFocusReturn(chatId, width !== "phone" && (isDetailsShown || isSearchShown || thread !== undefined));
  const closeThread = (): void => {
    if (chatId !== undefined) goBack(chatRoute(chatId));
  };

  const hasList = width !== "phone" || isHome;
  const close = (): void => setOverlay(undefined);
  return (
    <OverlayContext value={setOverlay}>
      <button type="button" className="skip-link" onClick={skipToConversation}>
        {t("app.skip")}
      </button>
      <div
        className="main-screen"
        data-width={width}
        data-rail={isRail || undefined}
        data-details={isDetailsShown || isSearchShown || undefined}
        data-thread={thread !== undefined || undefined}
        style={{ "--list-px": `${list_width}px` }}
      >
        {hasList && (
          <ChatListPane
            me={me}
            chat_id={chatId}
            is_rail={isRail}
            onToggleRail={width === "tablet" && !isHome ? () => setListOpen(!isListOpen) : undefined}
            searchRef={search}
          />
        )}
        {width === "desktop" && <ListDivider />}
        <ErrorBoundary key={`${route.at} ${chatId ?? ""}`}>
          <Suspense fallback={<div className="conversation" />}>
            {chatId !== undefined &&
              (width !== "phone" || !(isDetailsShown || isSearchShown || thread !== undefined)) && (
                <ConversationPane
                  key={chatId}
                  chat_id={chatId}
                  my_id={me.user_id}
                  has_back={width === "phone"}
                  has_connection_line={width === "phone" || isRail}
                  is_details_open={isDetailsShown}
                  onToggleDetails={toggleDetails}
                />
              )}
            {/* A boundary of its own: while the code of a pane loads, the conversation beside it stays as it is. */}
            <Suspense fallback={<aside className={thread === undefined ? "details-pane" : "thread-pane"} />}>
              {chatId !== undefined && isDetailsShown && (
                <DetailsPane key={`details ${chatId}`} chat_id={chatId} my_id={me.user_id} onClose={toggleDetails} />
              )}
              {chatId !== undefined && isSearchShown && (
                <ChatSearchPane
                  key={`search ${chatId}`}
                  chat_id={chatId}
                  my_id={me.user_id}
                  onClose={() => goBack(chatRoute(chatId))}
                />
              )}
              {chatId !== undefined && thread === "list" && <ThreadsPane chat_id={chatId} onClose={closeThread} />}
              {chatId !== undefined && typeof thread === "number" && (
                <ThreadPane
                  key={`thread ${chatId} ${thread}`}
                  chat_id={chatId}
                  root_seq={thread}
                  my_id={me.user_id}
                  onClose={closeThread}
                />
              )}
            </Suspense>
            {route.at === "people" && <PeoplePane me={me} user_id={route.user_id} />}
            {route.at === "directory" && <DirectoryPane />}
            {route.at === "join" && <JoinPane key={route.code} code={route.code} />}
            {route.at === "reports" && <ReportsPane />}
            {route.at === "settings" && <SettingsPane me={me} page={route.page} width={width} />}
            {isHome && width !== "phone" && <HomePane />}
          </Suspense>
        </ErrorBoundary>
      </div>
      <Suspense fallback={null}>
        {(overlay === "new_chat" || overlay === "new_group") && (
          <NewChatDialog
            my_id={me.user_id}
            starts_with={overlay === "new_group" ? "group" : "person"}
            onClose={close}
          />
        )}
        <PeopleDialogHost my_id={me.user_id} />
        {overlay === "palette" && <Palette me={me} chat_id={chatId} onClose={close} onDetails={toggleDetails} />}
        {overlay === "reminders" && <RemindersDialog onClose={close} />}
        {overlay === "failures" && <FailuresDialog onClose={close} />}
        {overlay === "keys" && <KeysDialog onClose={close} />}
      </Suspense>
      {overlay === "sign_out" && <SignOutDialog onClose={close} />}
    </OverlayContext>
  );
}

function skipToConversation(): void {
  const composer = document.querySelector<HTMLElement>(".composer-text");
  (composer ?? document.getElementById("conversation"))?.focus();
}

/** What was painted and then refused has been undone: says so, once. */
function useRefusals(openFailures: () => void): void {
  const { t } = useTranslation();
  const client = useParley();
  useEffect(
    () =>
      client.onRefusal((refusal) => {
        keepFailure(refusal);
        showToast(t("update.undone", { reason: errorWords(t, refusal.error) }), "danger", {
          label: t("failures.show"),
          run: openFailures,
        });
      }),
    [client, t, openFailures],
  );
}

/** The number of unread messages before the title, so that a tab among many can be found. */
function useUnreadInTitle(): void {
  const client = useParley();
  const { unread } = useReadable(client.inbox);
  useEffect(() => {
    // Where Parley is installed its icon counts, too; where it is not, this does nothing.
    navigator.setAppBadge?.(unread).catch(() => undefined);
  }, [unread]);
  useEffect(() => {
    const mark = unread > 0 ? `(${unread > 99 ? "99+" : unread}) ` : "";
    const apply = (): void => {
      const bare = document.title.replace(/^\(\d+\+?\) /, "");
      if (document.title !== mark + bare) document.title = mark + bare;
    };
    apply();
    // Screens set the title when they change; the mark goes before whatever they say.
    const observer = new MutationObserver(apply);
    const title = document.querySelector("title");
    if (title !== null) observer.observe(title, { childList: true });
    return () => observer.disconnect();
  }, [unread]);
}
