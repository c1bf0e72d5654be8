import {
  AtSign,
  Ban,
  BellOff,
  Bookmark,
  Clock,
  Megaphone,
  MessagesSquare,
  Pin,
  RadioTower,
  UserRoundPlus,
} from "lucide-react";
import { memo, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { UNREAD_CAP } from "../../../src/protocol/limits.ts";
import type { InboxLine } from "../../sync/client.ts";
import { Avatar } from "../../ui/avatar.tsx";
import { MessageStateIcon } from "../../ui/message-state-icon.tsx";
import { OneLine } from "../../ui/one-line.tsx";
import { useFormats } from "../formats-context.tsx";
import { previewWords } from "../message-words.ts";
import { noticeWords, parseNotice } from "../notice-words.ts";
import { useMaybeReadable, useParley } from "../parley-context.tsx";
import { StatusEmoji } from "../people/custom-status-line.tsx";
import { useNameOf } from "../people/people-book.ts";
import "./chat-row.css";
import { isMuted, isUnsent, isWaiting } from "./chat-state.ts";
import { isSaved, useTitleOf } from "./chat-title.ts";
import { isMentioned } from "./filter.ts";

export interface ChatRowProps {
  line: InboxLine;
  my_id: string;
  /** Given so that "14:05" becomes "Mon" at midnight. */
  now: number;
}

/** One chat of the list: who, the last words, when, how many unread. */
export const ChatRow = memo(function ChatRow({ line, my_id, now }: ChatRowProps) {
  const { t } = useTranslation();
  const formats = useFormats();
  const isGroup = line.chat_type !== "direct";
  const isQuiet = isMuted(line, now);
  const isMine = isSaved(line, my_id);
  const title = useTitleOf(my_id)(line);
  return (
    <div className="chat-row" data-unread={isWaiting(line) || undefined} data-muted={isQuiet || undefined}>
      <span className="chat-avatar">
        <Avatar
          id={line.peer?.user_id ?? line.chat_id}
          name={title}
          is_group={isGroup}
          {...(isMine ? { icon: <Bookmark /> } : {})}
        />
        {line.peer !== undefined && line.peer.user_id !== my_id && (
          <PresenceDot user_id={line.peer.user_id} chat_id={line.chat_id} />
        )}
        {isWaiting(line) && (
          <span className="chat-rail-badge tabular" aria-hidden="true">
            {line.unread > 0 ? formats.capped(line.unread, 99) : "•"}
          </span>
        )}
      </span>
      <span className="chat-words">
        <span className="chat-line">
          <span className="chat-title">
            {line.chat_type === "channel" && (
              <Megaphone className="chat-mark" role="img" aria-label={t("join.kind_channel")} />
            )}
            {line.chat_type === "broadcast" && (
              <RadioTower className="chat-mark" role="img" aria-label={t("kinds.broadcast")} />
            )}
            <OneLine>{title}</OneLine>
            {line.peer !== undefined && !isMine && <StatusEmoji user_id={line.peer.user_id} chat_id={line.chat_id} />}
            {line.is_blocked && <Ban className="chat-mark" role="img" aria-label={t("block.blocked")} />}
            {isQuiet && <BellOff className="chat-mark" role="img" aria-label={t("chats.muted")} />}
          </span>
          <span className="chat-time tabular">
            {line.own_state !== undefined &&
              (isUnsent(line) || (line.preview?.sender_id === my_id && line.draft === undefined)) && (
                <MessageStateIcon state={line.own_state} />
              )}
            <time dateTime={line.last_at}>{formats.listTime(Date.parse(line.last_at), now)}</time>
          </span>
        </span>
        <span className="chat-line">
          <span className="chat-preview">
            <Preview line={line} my_id={my_id} />
          </span>
          {(line.scheduled_count ?? 0) > 0 && (
            <Clock className="chat-mark" role="img" aria-label={t("list.scheduled", { count: line.scheduled_count })} />
          )}
          {(line.join_request_count ?? 0) > 0 && (
            <span className="badge badge-quiet tabular">
              <UserRoundPlus role="img" aria-label={t("list.join_requests", { count: line.join_request_count })} />
              <span aria-hidden="true">{formats.capped(line.join_request_count ?? 0, 99)}</span>
            </span>
          )}
          {(line.unread_threads ?? 0) > 0 && (
            <span className="badge badge-quiet badge-thread">
              <MessagesSquare role="img" aria-label={t("list.threads", { count: line.unread_threads })} />
            </span>
          )}
          {isMentioned(line) && (
            <span className="badge badge-mention">
              <AtSign role="img" aria-label={t("chats.mentioned")} />
            </span>
          )}
          {line.is_marked_unread && line.unread === 0 && (
            <span className="badge badge-dot">
              <span className="visually-hidden">{t("chats.marked_unread")}</span>
            </span>
          )}
          {line.is_pinned && line.unread === 0 && !line.is_marked_unread && (
            <Pin className="chat-mark" role="img" aria-label={t("chats.pinned")} />
          )}
          {line.unread > 0 && (
            <span className="badge tabular">
              <span aria-hidden="true">{formats.capped(line.unread, UNREAD_CAP)}</span>
              <span className="visually-hidden">
                {t("chats.unread", { count: line.unread, shown: formats.capped(line.unread, UNREAD_CAP) })}
              </span>
            </span>
          )}
        </span>
      </span>
    </div>
  );
});

function Preview({ line, my_id }: { line: InboxLine; my_id: string }) {
  const { t } = useTranslation();
  const nameOf = useNameOf();
  const formats = useFormats();
  const isGroup = line.chat_type !== "direct";
  const [typist] = line.typing;
  if (typist !== undefined)
    return (
      <span className="chat-typing ellipsis">
        {isGroup
          ? t("chats.typing_name", { name: nameOf(typist.user_id, typist.display_name) })
          : t("chats.typing_short")}
      </span>
    );
  if (line.draft !== undefined && line.draft.trim() !== "")
    return (
      <>
        {isUnsent(line) ? (
          <span className="chat-from">{t("chats.you")}: </span>
        ) : (
          <span className="chat-draft">{t("chats.draft")}: </span>
        )}
        <OneLine>{line.draft}</OneLine>
      </>
    );
  const { preview } = line;
  if (preview === undefined) return <>{t("chats.no_messages")}</>;
  if (preview.message_type === "system") {
    const notice = parseNotice(preview.notice);
    const nameOfId = (id: string): string | undefined =>
      id === preview.sender_id
        ? nameOf(id, preview.sender_name)
        : id === line.peer?.user_id
          ? nameOf(id, line.peer.display_name)
          : undefined;
    return (
      <span className="ellipsis">
        {notice === undefined ? "" : noticeWords(notice, { t, formats, my_id, nameOf: nameOfId })}
      </span>
    );
  }
  const words = previewWords(t, preview);
  if (words === "") return <i>{t("chats.deleted")}</i>;
  // The first name is enough on a line this short.
  const [firstName] = nameOf(preview.sender_id, preview.sender_name).split(" ");
  const from = preview.sender_id === my_id ? t("chats.you") : isGroup ? firstName : undefined;
  return (
    <>
      {from !== undefined && (
        <span className="chat-from ellipsis">
          <bdi>{from}</bdi>:{" "}
        </span>
      )}
      <OneLine>{words}</OneLine>
    </>
  );
}

/** Green while the person is there, amber while away. Said in words in the chat's header; here it is a hint. */
export function PresenceDot({ user_id, chat_id }: { user_id: string; chat_id: string }) {
  const { t } = useTranslation();
  const client = useParley();
  const presence = useMaybeReadable(useMemo(() => client.presence(user_id, chat_id), [client, user_id, chat_id]));
  const status = presence?.status ?? "offline";
  if (status === "offline") return null;
  return <span className="presence-dot" data-status={status} role="img" aria-label={t(`presence.${status}`)} />;
}
