import { Bookmark, MessageCircleDashed, MessageSquareText } from "lucide-react";
import { type RefObject, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ChatHandle, ChatScreen } from "../../sync/client.ts";
import { Button } from "../../ui/button.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { TimelineSkeleton } from "../../ui/skeleton.tsx";
import { ConnectionLine } from "../connection-line.tsx";
import { faultWords } from "../fault-words.ts";
import { useJumpRequest } from "../jump-request.ts";
import { isSaid } from "../message-words.ts";
import { useParley, useReadable } from "../parley-context.tsx";
import { showPerson } from "../people/people-dialogs.ts";
import { chatRoute, navigate } from "../route.ts";
import { Timeline, type TimelineApi } from "../timeline/timeline.tsx";
import { ViewCounter } from "../timeline/views.ts";
import { showToast } from "../toasts.ts";
import { Arrivals } from "./arrivals.tsx";
import { Composer, type ComposerApi } from "./composer.tsx";
import type { Purpose } from "./composer-banner.tsx";
import { ComposerClosed, closedBy } from "./composer-closed.tsx";
import { ConversationHeader } from "./conversation-header.tsx";
import "./conversation-pane.css";
import { abilitiesOf, lastEditable } from "./message-abilities.ts";
import { MessageActions, type MessageActionsApi } from "./message-actions.tsx";
import { PinnedBar } from "./pinned-bar.tsx";
import { type Selection, useSelection } from "./selection.ts";
import { SelectionBar } from "./selection-bar.tsx";
import { TypingLine } from "./typing-line.tsx";

/** Opens a chat for as long as it is on screen. */
export function useChatHandle(chatId: string): ChatHandle | undefined {
  const client = useParley();
  const [handle, setHandle] = useState<ChatHandle | undefined>(undefined);
  useLayoutEffect(() => {
    const opened = client.openChat(chatId);
    setHandle(opened);
    return () => {
      opened.close();
      setHandle(undefined);
    };
  }, [client, chatId]);
  return handle;
}

export interface ConversationPaneProps {
  chat_id: string;
  my_id: string;
  has_back: boolean;
  /** Where the list is not in sight, or too narrow, its line about the connection stands here. */
  has_connection_line: boolean;
  is_details_open: boolean;
  onToggleDetails: () => void;
}

/** The open chat. Mount it with the chat's id as its key. */
export function ConversationPane(props: ConversationPaneProps) {
  const handle = useChatHandle(props.chat_id);
  return (
    <main className="conversation" id="conversation" tabIndex={-1}>
      {handle !== undefined && <Conversation {...props} handle={handle} />}
    </main>
  );
}

function Conversation({
  handle,
  my_id,
  has_back,
  has_connection_line,
  is_details_open,
  onToggleDetails,
}: ConversationPaneProps & { handle: ChatHandle }) {
  const { t } = useTranslation();
  const screen = useReadable(handle.screen);
  const composer = useRef<ComposerApi>(null);
  const actions = useRef<MessageActionsApi>(null);
  const timeline = useRef<HTMLDivElement>(null);
  const list = useRef<TimelineApi>(null);
  const [purpose, setPurpose] = usePurpose(screen);
  useEffect(() => {
    const title = screen.peer_id === my_id ? t("list.saved") : screen.title;
    document.title = title === "" ? t("app.name") : `${title} · ${t("app.name")}`;
  }, [screen.title, screen.peer_id, my_id, t]);

  const client = useParley();
  const line = useReadable(client.inbox).lines.find((one) => one.chat_id === screen.chat_id);
  const selection = useSelection(screen.messages);
  useMarkTakenBack(screen.chat_id);
  const isReady = screen.status === "ready" && screen.messages.length > 0;
  useJumpRequest(
    screen.chat_id,
    isReady,
    useCallback((seq: number, keepsFocus: boolean) => list.current?.jump(seq, keepsFocus), []),
  );

  const toComposer = useCallback(() => composer.current?.focus(), []);
  const restoreText = useCallback((text: string) => composer.current?.insert(text), []);
  const toMessages = useCallback(() => {
    const articles = timeline.current?.querySelectorAll<HTMLElement>("[data-message]");
    articles?.item(articles.length - 1)?.focus();
  }, []);
  const leaveUp = (isToList: boolean): void => {
    const last = isToList ? undefined : lastEditable(screen, Date.now());
    if (last === undefined) toMessages();
    else setPurpose({ kind: "edit", message: last });
  };

  if (screen.status === "gone")
    return (
      <EmptyState icon={<MessageCircleDashed />} title={t("conversation.gone")} hint={t("conversation.gone_hint")}>
        <Button onPress={() => navigate({ at: "home" }, { replace: true })}>{t("conversation.back")}</Button>
      </EmptyState>
    );

  const closed = closedBy(screen, line);
  const chosen = selection.messages;
  const now = Date.now();
  const done = (): void => {
    if (selection.keys !== undefined) selection.clear();
    toComposer();
  };
  return (
    <>
      {selection.keys === undefined ? (
        <ConversationHeader
          handle={handle}
          screen={screen}
          has_back={has_back}
          is_details_open={is_details_open}
          onToggleDetails={onToggleDetails}
          my_id={my_id}
        />
      ) : (
        <SelectionBar
          count={selection.keys.size}
          can_forward={chosen.every((one) => abilitiesOf(one, screen, now).can_forward)}
          can_delete={chosen.every((one) => abilitiesOf(one, screen, now).can_delete)}
          onCopy={() => actions.current?.copyAll(chosen)}
          onForward={() => actions.current?.forwardAll(chosen)}
          onSave={() => actions.current?.saveAll(chosen)}
          onHide={() => actions.current?.hideAll(chosen)}
          onDelete={() => actions.current?.removeAll(chosen)}
          onCancel={selection.clear}
        />
      )}
      {has_connection_line && <ConnectionLine />}
      <PinnedBar handle={handle} screen={screen} onJump={(seq) => list.current?.jump(seq)} />
      <div className="conversation-body" ref={timeline}>
        <Messages
          handle={handle}
          screen={screen}
          my_id={my_id}
          list={list}
          actions={actions}
          selection={selection}
          toComposer={toComposer}
        />
      </div>
      <TypingLine typing={screen.typing} />
      {closed === undefined ? (
        <Composer
          ref={composer}
          handle={handle}
          screen={screen}
          my_id={my_id}
          purpose={purpose}
          onPurpose={setPurpose}
          onLeaveUp={leaveUp}
        />
      ) : (
        <ComposerClosed screen={screen} why={closed} />
      )}
      <MessageActions
        ref={actions}
        handle={handle}
        screen={screen}
        my_id={my_id}
        onRestore={restoreText}
        onPurpose={setPurpose}
        onSelect={(message) => selection.toggle(message, false)}
        onDone={done}
      />
      <Arrivals chat_id={screen.chat_id} />
    </>
  );
}

/** Opening a chat that was marked as unread takes the mark back. */
function useMarkTakenBack(chatId: string): void {
  const client = useParley();
  useEffect(() => {
    const line = client.inbox.get().lines.find((one) => one.chat_id === chatId);
    // Where it fails the mark stays, and goes with the next opening.
    if (line?.is_marked_unread) client.setChatState(chatId, { is_marked_unread: false }).catch(() => undefined);
  }, [client, chatId]);
}

/** What the composer is about; it ends when its message is deleted. */
export function usePurpose(
  screen: Pick<ChatScreen, "messages">,
): [Purpose | undefined, (purpose: Purpose | undefined) => void] {
  const [purpose, setPurpose] = useState<Purpose | undefined>(undefined);
  const present = purpose && screen.messages.find((message) => message.key === purpose.message.key);
  const isOver = present !== undefined && !isSaid(present);
  useEffect(() => {
    if (isOver) setPurpose(undefined);
  }, [isOver]);
  return [isOver ? undefined : purpose, setPurpose];
}

interface MessagesProps {
  handle: ChatHandle;
  screen: ChatScreen;
  my_id: string;
  list: RefObject<TimelineApi | null>;
  actions: RefObject<MessageActionsApi | null>;
  selection: Selection;
  toComposer: () => void;
}

function Messages({ handle, screen, my_id, list, actions, selection, toComposer }: MessagesProps) {
  const { t } = useTranslation();
  const client = useParley();
  const isChannel = screen.chat?.chat_type === "channel";
  const views = useMemo(
    () => (isChannel ? new ViewCounter(client, screen.chat_id) : undefined),
    [client, isChannel, screen.chat_id],
  );
  if (screen.status === "loading" && screen.messages.length === 0) return <TimelineSkeleton />;
  const hasWords = screen.messages.some((message) => message.kind !== "notice" && message.kind !== "hidden");
  if (!hasWords && screen.peer_id !== undefined && !screen.has_older) {
    const isSaved = screen.peer_id === my_id;
    return (
      <EmptyState
        icon={isSaved ? <Bookmark /> : <MessageSquareText />}
        title={isSaved ? t("conversation.saved_start") : t("conversation.start", { name: screen.title })}
        hint={t(isSaved ? "conversation.saved_hint" : "conversation.start_hint")}
      />
    );
  }
  return (
    <Timeline
      ref={list}
      handle={handle}
      screen={screen}
      my_id={my_id}
      views={views}
      selected={selection.keys}
      onSelect={selection.toggle}
      onVote={(message, optionIds) => actions.current?.vote(message, optionIds)}
      onWriteTo={(userId) =>
        void client.startDirect(userId).then(
          (chatId) => navigate(chatRoute(chatId)),
          (thrown: unknown) => showToast(t("update.failed", { reason: faultWords(t, thrown) }), "danger"),
        )
      }
      onPerson={(userId) => {
        const person = screen.members.find((one) => one.user_id === userId);
        if (person !== undefined && userId !== my_id) showPerson(person, screen.chat_id);
      }}
      onMenu={(message, place) => actions.current?.openMenu(message, place)}
      onKey={(message, key, place) => actions.current?.run(message, key, place)}
      onReaction={(message, emoji, isSet) => actions.current?.setReaction(message, emoji, isSet)}
      onHistory={(message) => actions.current?.showHistory(message)}
      onLeave={toComposer}
    />
  );
}

/** What stands beside the list while no chat is open. */
export function NoConversation() {
  const { t } = useTranslation();
  useEffect(() => {
    document.title = t("app.name");
  }, [t]);
  return (
    <main className="conversation" id="conversation" tabIndex={-1}>
      <EmptyState icon={<MessageSquareText />} title={t("conversation.empty")} hint={t("conversation.empty_hint")} />
    </main>
  );
}
