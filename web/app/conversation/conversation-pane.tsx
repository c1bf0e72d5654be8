import { MessageCircleDashed } from "lucide-react";
import { useEffect, useLayoutEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ChatHandle } from "../../sync/client.ts";
import { Button } from "../../ui/button.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { TimelineSkeleton } from "../../ui/skeleton.tsx";
import { ConnectionLine } from "../connection-line.tsx";
import { useParley, useReadable } from "../parley-context.tsx";
import { navigate } from "../route.ts";
import { ViewCounter } from "../timeline/views.ts";
import { ConversationHeader } from "./conversation-header.tsx";
import "./conversation-pane.css";
import { FirstWords } from "./first-words.tsx";
import { PinnedBar } from "./pinned-bar.tsx";
import { type Talk, TalkFoot, TalkSelection, TalkTimeline, useTalk } from "./talk.tsx";
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
  const talk = useTalk({ handle, screen, my_id }, screen.status === "ready" && screen.messages.length > 0);
  useEffect(() => {
    const title = screen.peer_id === my_id ? t("list.saved") : screen.title;
    document.title = title === "" ? t("app.name") : `${title} · ${t("app.name")}`;
  }, [screen.title, screen.peer_id, my_id, t]);
  useMarkTakenBack(screen.chat_id);

  if (screen.status === "gone")
    return (
      <EmptyState icon={<MessageCircleDashed />} title={t("conversation.gone")} hint={t("conversation.gone_hint")}>
        <Button onPress={() => navigate({ at: "home" }, { replace: true })}>{t("conversation.back")}</Button>
      </EmptyState>
    );

  return (
    <>
      {talk.selection.keys === undefined ? (
        <ConversationHeader
          handle={handle}
          screen={screen}
          has_back={has_back}
          is_details_open={is_details_open}
          onToggleDetails={onToggleDetails}
          my_id={my_id}
        />
      ) : (
        <TalkSelection talk={talk} />
      )}
      {has_connection_line && <ConnectionLine />}
      <PinnedBar handle={handle} screen={screen} onJump={(seq) => talk.list.current?.jump(seq)} />
      <div className="conversation-body" ref={talk.body}>
        <Messages talk={talk} />
      </div>
      <TypingLine typing={screen.typing} />
      <TalkFoot talk={talk} />
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

function Messages({ talk }: { talk: Talk }) {
  const client = useParley();
  const { handle, screen, my_id } = talk;
  const isChannel = screen.chat?.chat_type === "channel";
  const views = useMemo(
    () => (isChannel ? new ViewCounter(client, screen.chat_id) : undefined),
    [client, isChannel, screen.chat_id],
  );
  if (screen.status === "loading" && screen.messages.length === 0) return <TimelineSkeleton />;
  const hasWords = screen.messages.some((message) => message.kind !== "notice" && message.kind !== "hidden");
  if (!hasWords && screen.peer_id !== undefined && !screen.has_older) {
    return <FirstWords handle={handle} screen={screen} is_saved={screen.peer_id === my_id} />;
  }
  return <TalkTimeline talk={talk} source={handle} views={views} />;
}
