import { ArrowLeft, MessagesSquare, X } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { excerpt } from "../../../src/domain/text.ts";
import { UNREAD_CAP } from "../../../src/protocol/limits.ts";
import type { ChatHandle } from "../../sync/client.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { Choice } from "../../ui/choice.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { OneLine } from "../../ui/one-line.tsx";
import { ListSkeleton } from "../../ui/skeleton.tsx";
import { useAnswer } from "../answer.ts";
import { useChatHandle } from "../conversation/conversation-pane.tsx";
import { faultWords } from "../fault-words.ts";
import { useFormats, useNow } from "../formats-context.tsx";
import { messageWords } from "../message-words.ts";
import { useParley, useReadable } from "../parley-context.tsx";
import { useNameOf } from "../people/people-book.ts";
import { navigate, threadRoute } from "../route.ts";
import { useWidth } from "../width.ts";
import "./thread-pane.css";

const FILTERS = ["all", "following", "unread"] as const;
type Filter = (typeof FILTERS)[number];
const SHOWN_CHARS = 240;

/** The threads of a chat, the one with the latest answer first. */
export function ThreadsPane({ chat_id, onClose }: { chat_id: string; onClose: () => void }) {
  const { t } = useTranslation();
  const width = useWidth();
  const handle = useChatHandle(chat_id);
  const [filter, setFilter] = useState<Filter>("all");
  return (
    <aside className="thread-pane" aria-label={t("thread.list")}>
      <header className="thread-header">
        {width === "phone" && (
          <IconButton label={t("action.back")} onPress={onClose}>
            <ArrowLeft className="icon-directional" />
          </IconButton>
        )}
        <span className="thread-heading">
          <h2>{t("thread.list")}</h2>
        </span>
        {width !== "phone" && (
          <IconButton label={t("thread.close")} onPress={onClose}>
            <X />
          </IconButton>
        )}
      </header>
      <div className="threads-filter">
        <Choice
          label={t("chats.filter")}
          value={filter}
          options={FILTERS.map((id) => ({ id, label: t(`thread.filter_${id}`) }))}
          onChange={setFilter}
        />
      </div>
      {handle !== undefined && <Threads key={filter} handle={handle} chat_id={chat_id} filter={filter} />}
    </aside>
  );
}

/** Answers come in bursts: the list is read again when a burst is over. */
const SETTLE_MS = 800;

/** Changes some moments after something in a thread did, as far as this device is told of it. */
function useSigns(handle: ChatHandle, chatId: string): string {
  const client = useParley();
  const { messages } = useReadable(handle.screen);
  const unread = useReadable(client.inbox).lines.find((one) => one.chat_id === chatId)?.unread_threads ?? 0;
  const threads = messages.flatMap(({ seq, thread }) =>
    thread === undefined ? [] : [`${seq} ${thread.reply_count} ${thread.last_reply_seq}`],
  );
  const now = `${unread} ${threads.join()}`;
  const [signs, setSigns] = useState(now);
  useEffect(() => {
    const timer = setTimeout(() => setSigns(now), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [now]);
  return signs;
}

function Threads({ handle, chat_id, filter }: { handle: ChatHandle; chat_id: string; filter: Filter }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const nameOf = useNameOf();
  const now = useNow(60_000);
  const { answer, reload } = useAnswer(`${filter} ${useSigns(handle, chat_id)}`, () => handle.threads(filter));
  const lines = answer.data;
  if (lines === undefined)
    return answer.status === "failed" ? (
      <EmptyState icon={<MessagesSquare />} title={t("thread.failed")} hint={faultWords(t, answer.thrown)}>
        <Button onPress={reload}>{t("action.try_again")}</Button>
      </EmptyState>
    ) : (
      <ListSkeleton />
    );
  if (lines.length === 0)
    return <EmptyState icon={<MessagesSquare />} title={t("thread.none")} hint={t("thread.none_hint")} />;
  return (
    <ul className="threads-list" aria-label={t("thread.list")}>
      {lines.map(({ root, unread }) => (
        <li key={root.key}>
          <button
            type="button"
            className="threads-item"
            onClick={() => {
              if (root.seq !== undefined) navigate(threadRoute(chat_id, root.seq));
            }}
          >
            <span className="threads-top">
              <OneLine>{root.is_own ? t("chats.you") : nameOf(root.sender_id, root.sender_name)}</OneLine>
              <time className="tabular">{formats.listTime(root.created_at, now)}</time>
            </span>
            <span className="threads-words" dir="auto">
              {excerpt(messageWords(t, root), SHOWN_CHARS)}
            </span>
            <span className="threads-foot">
              {t("thread.replies", { count: root.thread?.reply_count ?? 0 })}
              {unread > 0 && (
                <span className="badge tabular">
                  <span aria-hidden="true">{formats.capped(unread, UNREAD_CAP)}</span>
                  <span className="visually-hidden">
                    {t("chats.unread", { count: unread, shown: formats.capped(unread, UNREAD_CAP) })}
                  </span>
                </span>
              )}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
