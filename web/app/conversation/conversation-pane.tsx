import { MessageCircleDashed, MessageSquareText } from "lucide-react";
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { can } from "../../../src/domain/rights.ts";
import type { ChatHandle, ChatScreen } from "../../sync/client.ts";
import { Button } from "../../ui/button.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { TimelineSkeleton } from "../../ui/skeleton.tsx";
import { ConnectionLine } from "../connection-line.tsx";
import { useParley, useReadable } from "../parley-context.tsx";
import { navigate } from "../route.ts";
import { Timeline, type TimelineApi } from "../timeline/timeline.tsx";
import { Arrivals } from "./arrivals.tsx";
import { Composer, type ComposerApi } from "./composer.tsx";
import type { Purpose } from "./composer-banner.tsx";
import { ConversationHeader } from "./conversation-header.tsx";
import "./conversation-pane.css";
import { lastEditable } from "./message-abilities.ts";
import { MessageActions, type MessageActionsApi } from "./message-actions.tsx";
import { PinnedBar } from "./pinned-bar.tsx";
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
    document.title = screen.title === "" ? t("app.name") : `${screen.title} · ${t("app.name")}`;
  }, [screen.title, t]);

  useMarkTakenBack(screen.chat_id);

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

  const canWrite =
    screen.chat === undefined || screen.me === undefined || can(screen.chat.chat_type, screen.me.role, "write");
  return (
    <>
      <ConversationHeader
        screen={screen}
        has_back={has_back}
        is_details_open={is_details_open}
        onToggleDetails={onToggleDetails}
        my_id={my_id}
      />
      {has_connection_line && <ConnectionLine />}
      <PinnedBar handle={handle} screen={screen} onJump={(seq) => list.current?.jump(seq)} />
      <div className="conversation-body" ref={timeline}>
        <Messages handle={handle} screen={screen} my_id={my_id} list={list} actions={actions} toComposer={toComposer} />
      </div>
      <TypingLine typing={screen.typing} />
      {canWrite ? (
        <Composer
          ref={composer}
          handle={handle}
          screen={screen}
          purpose={purpose}
          onPurpose={setPurpose}
          onLeaveUp={leaveUp}
        />
      ) : (
        <p className="composer-closed">{t("composer.cannot_write")}</p>
      )}
      <MessageActions
        ref={actions}
        handle={handle}
        screen={screen}
        my_id={my_id}
        onRestore={restoreText}
        onPurpose={setPurpose}
        onDone={toComposer}
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
function usePurpose(screen: ChatScreen): [Purpose | undefined, (purpose: Purpose | undefined) => void] {
  const [purpose, setPurpose] = useState<Purpose | undefined>(undefined);
  const present = purpose && screen.messages.find((message) => message.key === purpose.message.key);
  const isOver = present !== undefined && present.kind !== "text";
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
  toComposer: () => void;
}

function Messages({ handle, screen, my_id, list, actions, toComposer }: MessagesProps) {
  const { t } = useTranslation();
  if (screen.status === "loading" && screen.messages.length === 0) return <TimelineSkeleton />;
  const hasWords = screen.messages.some((message) => message.kind !== "notice" && message.kind !== "hidden");
  if (!hasWords && screen.peer_id !== undefined && !screen.has_older)
    return (
      <EmptyState
        icon={<MessageSquareText />}
        title={t("conversation.start", { name: screen.title })}
        hint={t("conversation.start_hint")}
      />
    );
  return (
    <Timeline
      ref={list}
      handle={handle}
      screen={screen}
      my_id={my_id}
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
