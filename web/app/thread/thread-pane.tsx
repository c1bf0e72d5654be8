import { ArrowLeft, Bell, BellOff, MessageCircleDashed, X } from "lucide-react";
import { useLayoutEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ChatHandle, ChatScreen, ThreadHandle, ThreadScreen } from "../../sync/client.ts";
import { IconButton } from "../../ui/button.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { OneLine } from "../../ui/one-line.tsx";
import { TimelineSkeleton } from "../../ui/skeleton.tsx";
import { ConnectionLine } from "../connection-line.tsx";
import { useChatHandle } from "../conversation/conversation-pane.tsx";
import { TalkFoot, TalkSelection, TalkTimeline, useTalk } from "../conversation/talk.tsx";
import { faultWords } from "../fault-words.ts";
import { useReadable } from "../parley-context.tsx";
import { showToast } from "../toasts.ts";
import { useWidth } from "../width.ts";
import "./thread-pane.css";
import { threadSource } from "./thread-source.ts";

export interface ThreadPaneProps {
  chat_id: string;
  root_seq: number;
  my_id: string;
  onClose: () => void;
}

/** A thread beside its chat, or in its place on a phone. Mount it with chat and root as its key. */
export function ThreadPane({ chat_id, root_seq, my_id, onClose }: ThreadPaneProps) {
  const handle = useChatHandle(chat_id);
  const thread = useThreadHandle(handle, root_seq);
  if (handle === undefined || thread === undefined) return <aside className="thread-pane" />;
  return <OpenThread handle={handle} thread={thread} root_seq={root_seq} my_id={my_id} onClose={onClose} />;
}

function useThreadHandle(handle: ChatHandle | undefined, rootSeq: number): ThreadHandle | undefined {
  const [thread, setThread] = useState<ThreadHandle | undefined>(undefined);
  useLayoutEffect(() => {
    if (handle === undefined) return;
    const opened = handle.openThread(rootSeq);
    setThread(opened);
    return () => {
      opened.close();
      setThread(undefined);
    };
  }, [handle, rootSeq]);
  return thread;
}

interface OpenThreadProps {
  handle: ChatHandle;
  thread: ThreadHandle;
  root_seq: number;
  my_id: string;
  onClose: () => void;
}

function OpenThread({ handle, thread, root_seq, my_id, onClose }: OpenThreadProps) {
  const { t } = useTranslation();
  const width = useWidth();
  const chat = useReadable(handle.screen);
  const own = useReadable(thread.screen);
  const screen = useMemo(() => screenOf(chat, own), [chat, own]);
  const source = useMemo(() => threadSource(handle, thread), [handle, thread]);
  const talk = useTalk({ handle, screen, my_id, thread: { handle: thread, root_seq } }, own.status === "ready");
  const failed = (thrown: unknown): void => showToast(t("update.failed", { reason: faultWords(t, thrown) }), "danger");
  const isGone = own.status === "gone" || chat.status === "gone";

  return (
    <aside className="thread-pane" aria-label={t("thread.title")}>
      {talk.selection.keys === undefined || isGone ? (
        <header className="thread-header">
          {width === "phone" && (
            <IconButton label={t("action.back")} onPress={onClose}>
              <ArrowLeft className="icon-directional" />
            </IconButton>
          )}
          <span className="thread-heading">
            <h2>{t("thread.title")}</h2>
            <OneLine className="thread-chat">{chat.title}</OneLine>
          </span>
          {!isGone && (
            <IconButton
              label={t(own.is_following ? "thread.unfollow" : "thread.follow")}
              aria-pressed={own.is_following}
              onPress={() => void thread.follow(!own.is_following).catch(failed)}
            >
              {own.is_following ? <Bell /> : <BellOff />}
            </IconButton>
          )}
          {width !== "phone" && (
            <IconButton label={t("thread.close")} onPress={onClose}>
              <X />
            </IconButton>
          )}
        </header>
      ) : (
        <TalkSelection talk={talk} />
      )}
      {isGone ? (
        <EmptyState icon={<MessageCircleDashed />} title={t("thread.gone")} hint={t("thread.gone_hint")} />
      ) : (
        <>
          {width === "phone" && <ConnectionLine />}
          <div className="conversation-body" ref={talk.body}>
            {own.status === "loading" && screen.messages.length === 0 ? (
              <TimelineSkeleton />
            ) : (
              <TalkTimeline talk={talk} source={source} />
            )}
          </div>
          <TalkFoot talk={talk} />
        </>
      )}
    </aside>
  );
}

/** The chat as it looks from within a thread: its people and rights, with the messages of the thread. */
function screenOf(chat: ChatScreen, thread: ThreadScreen): ChatScreen {
  const { first_unread_seq: _chatUnread, ...rest } = chat;
  // The chip under the first message leads here: here it would lead nowhere.
  const { thread: _chip, ...root } = thread.root ?? { key: "" };
  const messages =
    thread.root === undefined || thread.has_older ? thread.messages : [root as typeof thread.root, ...thread.messages];
  return {
    ...rest,
    messages,
    has_older: thread.has_older,
    is_loading_older: thread.is_loading_older,
    has_newer: false,
    is_loading_newer: false,
    unread: thread.unread,
    head_seq: thread.messages.findLast((one) => one.seq !== undefined)?.seq ?? chat.head_seq,
    typing: [],
    ...(thread.first_unread_seq === undefined ? {} : { first_unread_seq: thread.first_unread_seq }),
  };
}
