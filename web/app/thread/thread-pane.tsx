import { ArrowLeft, Bell, BellOff, MessageCircleDashed, X } from "lucide-react";
import { useCallback, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ChatHandle, ChatScreen, ThreadHandle, ThreadScreen } from "../../sync/client.ts";
import { IconButton } from "../../ui/button.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { OneLine } from "../../ui/one-line.tsx";
import { TimelineSkeleton } from "../../ui/skeleton.tsx";
import { Arrivals } from "../conversation/arrivals.tsx";
import { Composer, type ComposerApi } from "../conversation/composer.tsx";
import { ComposerClosed, closedBy } from "../conversation/composer-closed.tsx";
import { useChatHandle, usePurpose } from "../conversation/conversation-pane.tsx";
import { lastEditable } from "../conversation/message-abilities.ts";
import { MessageActions, type MessageActionsApi } from "../conversation/message-actions.tsx";
import { faultWords } from "../fault-words.ts";
import { jumpToMessage, useJumpRequest } from "../jump-request.ts";
import { useParley, useReadable } from "../parley-context.tsx";
import { showPerson } from "../people/people-dialogs.ts";
import { chatRoute, navigate } from "../route.ts";
import { Timeline, type TimelineApi, type TimelineSource } from "../timeline/timeline.tsx";
import { showToast } from "../toasts.ts";
import { currentWidth, useWidth } from "../width.ts";
import "./thread-pane.css";

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
  const client = useParley();
  const width = useWidth();
  const chat = useReadable(handle.screen);
  const own = useReadable(thread.screen);
  const line = useReadable(client.inbox).lines.find((one) => one.chat_id === chat.chat_id);
  const composer = useRef<ComposerApi>(null);
  const actions = useRef<MessageActionsApi>(null);
  const list = useRef<TimelineApi>(null);
  const body = useRef<HTMLDivElement>(null);
  const screen = useMemo(() => screenOf(chat, own), [chat, own]);
  const source = useMemo(() => sourceOf(handle, thread, chat.chat_id), [handle, thread, chat.chat_id]);
  const [purpose, setPurpose] = usePurpose(screen);
  useJumpRequest(
    chat.chat_id,
    own.status === "ready",
    useCallback((seq: number) => list.current?.jump(seq), []),
    root_seq,
  );
  const toComposer = useCallback(() => composer.current?.focus(), []);
  const failed = (thrown: unknown): void => showToast(t("update.failed", { reason: faultWords(t, thrown) }), "danger");
  const isGone = own.status === "gone" || chat.status === "gone";
  const closed = closedBy(chat, line);

  return (
    <aside className="thread-pane" aria-label={t("thread.title")}>
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
      {isGone ? (
        <EmptyState icon={<MessageCircleDashed />} title={t("thread.gone")} hint={t("thread.gone_hint")} />
      ) : (
        <>
          <div className="conversation-body" ref={body}>
            {own.status === "loading" && screen.messages.length === 0 ? (
              <TimelineSkeleton />
            ) : (
              <Timeline
                ref={list}
                handle={source}
                screen={screen}
                my_id={my_id}
                selected={undefined}
                onSelect={() => undefined}
                onVote={(message, optionIds) => actions.current?.vote(message, optionIds)}
                onWriteTo={(userId) =>
                  void client.startDirect(userId).then((chatId) => navigate(chatRoute(chatId)), failed)
                }
                onPerson={(userId) => {
                  const person = chat.members.find((one) => one.user_id === userId);
                  if (person !== undefined && userId !== my_id) showPerson(person, chat.chat_id);
                }}
                onMenu={(message, place) => actions.current?.openMenu(message, place)}
                onKey={(message, key, place) => actions.current?.run(message, key, place)}
                onReaction={(message, emoji, isSet) => actions.current?.setReaction(message, emoji, isSet)}
                onHistory={(message) => actions.current?.showHistory(message)}
                onLeave={toComposer}
              />
            )}
          </div>
          {closed === undefined ? (
            <Composer
              ref={composer}
              handle={handle}
              thread={thread}
              screen={screen}
              my_id={my_id}
              purpose={purpose}
              onPurpose={setPurpose}
              onLeaveUp={(isToList) => {
                const last = isToList ? undefined : lastEditable(screen, Date.now());
                if (last !== undefined) setPurpose({ kind: "edit", message: last });
                else [...(body.current?.querySelectorAll<HTMLElement>("[data-message]") ?? [])].at(-1)?.focus();
              }}
            />
          ) : (
            <ComposerClosed screen={screen} why={closed} />
          )}
          <MessageActions
            ref={actions}
            handle={handle}
            screen={screen}
            my_id={my_id}
            is_thread
            onRestore={(text) => composer.current?.insert(text)}
            onPurpose={setPurpose}
            onSelect={() => undefined}
            onDone={toComposer}
          />
          <Arrivals chat_id={chat.chat_id} thread_seq={root_seq} />
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

function sourceOf(handle: ChatHandle, thread: ThreadHandle, chatId: string): TimelineSource {
  return {
    loadOlder: () => thread.loadOlder(),
    loadNewer: async () => undefined,
    // What an answer quotes and the thread does not hold is in the chat.
    jumpTo: async (target) => {
      if (target === "latest") return;
      if (currentWidth() === "phone") navigate(chatRoute(chatId));
      jumpToMessage(chatId, target);
    },
    markRead: (seq) => thread.markRead(seq),
    retry: (id) => handle.retry(id),
  };
}
