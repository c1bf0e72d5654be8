import { Check, ChevronDown, Forward, Pin, Reply, RotateCw, Smile } from "lucide-react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { Avatar } from "../../ui/avatar.tsx";
import { hueOf } from "../../ui/hue.ts";
import { MessageStateIcon } from "../../ui/message-state-icon.tsx";
import { OneLine } from "../../ui/one-line.tsx";
import { useFormats } from "../formats-context.tsx";
import { isSaid, messageWords } from "../message-words.ts";
import { Countdown } from "./countdown.tsx";
import { LinkCard } from "./link-card.tsx";
import { MessageContent } from "./message-content.tsx";
import "./message-row.css";
import "./row-states.css";
import { Quote } from "./quote.tsx";
import { Reactions } from "./reactions.tsx";
import { isJumbo } from "./rich-text.tsx";
import { useRowVerbs } from "./row-verbs.ts";
import type { MessageRow as MessageRowData } from "./rows.ts";
import { ThreadChip } from "./thread-chip.tsx";
import { ViewCount } from "./view-count.tsx";

export interface MessageRowProps {
  row: MessageRowData;
  has_avatar: boolean;
  /** The one row of the timeline that Tab reaches. */
  is_active: boolean;
  /** It has just come: it rises into its place. */
  is_fresh: boolean;
  /** A jump has just led here. */
  is_target: boolean;
  can_reply: boolean;
  can_react: boolean;
  /** Several are being chosen: whether this one is; undefined while nothing is chosen. */
  is_selected: boolean | undefined;
}

/** One message: an article that says who, when, what and how far it got. */
export const MessageRow = memo(
  function MessageRow({
    row,
    has_avatar,
    is_active,
    is_fresh,
    is_target,
    can_reply,
    can_react,
    is_selected,
  }: MessageRowProps) {
    const { t } = useTranslation();
    const verbs = useRowVerbs();
    const formats = useFormats();
    const { message, is_first, is_last } = row;
    const time = formats.time(message.created_at);
    const isDeleted = message.kind === "deleted";
    const text = message.kind === "text" ? (message.text ?? "") : "";
    const { reply_to, forwarded_from, reactions = [], link_preview, thread, expires_at, seq } = message;
    const isBig =
      message.kind === "sticker" || (text !== "" && reply_to === undefined && !forwarded_from && isJumbo(text));
    const isText = isSaid(message);
    const isSelecting = is_selected !== undefined;
    const label = {
      name: message.is_own ? t("chats.you") : message.sender_name,
      time,
      text: messageWords(t, message),
    };
    // A message still in the outbox is named by its writer's id until it has a number.
    const isAddressable = seq !== undefined || message.client_msg_id !== undefined;
    const isFailed = message.state === "failed";
    const words = [
      message.state === undefined
        ? t("message.label", label)
        : t("message.label_state", { ...label, state: t(`state.${message.state}`) }),
      ...(isText && reply_to !== undefined ? [t("message.in_reply", { name: reply_to.sender_name })] : []),
      ...(isText && message.edited_at !== undefined ? [t("message.edited")] : []),
      ...(isText && message.is_pinned ? [t("message.pinned")] : []),
      ...(isText && thread !== undefined ? [t("thread.replies", { count: thread.reply_count })] : []),
      ...(is_selected ? [t("select.is_chosen")] : []),
      ...(isText ? reactions.map(({ emoji, count }) => t("reaction.count", { emoji, count })) : []),
    ];
    return (
      <div
        className="message"
        data-own={message.is_own || undefined}
        data-first={is_first || undefined}
        data-last={is_last || undefined}
        data-fresh={is_fresh || undefined}
        data-target={is_target || undefined}
        data-selecting={isSelecting || undefined}
        data-selected={is_selected || undefined}
        data-mention={(isText && !message.is_own && message.is_mention) || undefined}
      >
        {isSelecting && (
          <span className="message-check" aria-hidden="true">
            {is_selected && <Check />}
          </span>
        )}
        {has_avatar && (
          <span className="message-gutter" data-person={is_last ? message.sender_id : undefined}>
            {is_last && <Avatar id={message.sender_id} name={message.sender_name} size="tiny" />}
          </span>
        )}
        <article
          className="message-article"
          data-message={row.key}
          tabIndex={is_active ? 0 : -1}
          aria-label={words.join(", ")}
          aria-keyshortcuts="Shift+F10"
        >
          <div className="message-body">
            <div
              className="bubble"
              data-jumbo={isBig || undefined}
              data-kind={message.kind}
              data-deleted={isDeleted || undefined}
            >
              {isText && forwarded_from !== undefined && (
                <span className="bubble-forwarded">
                  <Forward className="icon-directional" aria-hidden="true" />
                  <OneLine>{t("message.forwarded", { name: forwarded_from })}</OneLine>
                </span>
              )}
              {isText && reply_to !== undefined && <Quote quoted={reply_to} is_active={is_active} />}
              <div className="bubble-text">
                <MessageContent row_key={row.key} message={message} is_active={is_active} can_react={can_react} />
                {isText && link_preview !== undefined && <LinkCard preview={link_preview} is_active={is_active} />}
                {(is_last ||
                  message.state !== undefined ||
                  message.edited_at !== undefined ||
                  message.is_pinned ||
                  expires_at !== undefined ||
                  verbs.views !== undefined) && (
                  <span className="bubble-meta tabular" data-uncopied>
                    {isText && expires_at !== undefined && <Countdown expires_at={expires_at} />}
                    {isText && verbs.views !== undefined && seq !== undefined && (
                      <ViewCount views={verbs.views} seq={seq} is_own={message.is_own} />
                    )}
                    {isText && message.is_pinned && <Pin className="bubble-pin" aria-hidden="true" />}
                    {isText && message.edited_at !== undefined && (
                      <button
                        type="button"
                        className="bubble-edited"
                        tabIndex={is_active ? 0 : -1}
                        title={formats.full(message.edited_at)}
                        onClick={() => verbs.showHistory(row.key)}
                      >
                        {t("message.edited")}
                      </button>
                    )}
                    {is_last && <time dateTime={new Date(message.created_at).toISOString()}>{time}</time>}
                    {message.state !== undefined && !isDeleted && <MessageStateIcon state={message.state} />}
                  </span>
                )}
              </div>
            </div>
            {thread !== undefined && thread.reply_count > 0 && (
              <ThreadChip row_key={row.key} thread={thread} is_active={is_active} />
            )}
            {isText && reactions.length > 0 && (
              <Reactions row_key={row.key} reactions={reactions} is_active={is_active} can_react={can_react} />
            )}
          </div>
          <span className="message-side">
            {!is_last && (
              <time className="message-hover-time tabular" aria-hidden="true">
                {time}
              </time>
            )}
            {isText && isAddressable && can_react && (
              <button
                type="button"
                className="message-more message-quick"
                tabIndex={-1}
                aria-label={t("message.react")}
                title={t("message.react")}
                aria-haspopup="dialog"
                onClick={(event) => verbs.openReactions(row.key, event.currentTarget)}
              >
                <Smile aria-hidden="true" />
              </button>
            )}
            {isText && isAddressable && can_reply && (
              <button
                type="button"
                className="message-more message-quick"
                tabIndex={-1}
                aria-label={t("message.reply")}
                title={t("message.reply")}
                onClick={() => verbs.reply(row.key)}
              >
                <Reply className="icon-directional" aria-hidden="true" />
              </button>
            )}
            <button
              type="button"
              className="message-more"
              tabIndex={-1}
              aria-label={t("message.menu")}
              aria-haspopup="menu"
              onClick={(event) => verbs.openMenu(row.key, event.currentTarget)}
            >
              <ChevronDown aria-hidden="true" />
            </button>
          </span>
        </article>
        <span className="swipe-hint" aria-hidden="true">
          <Reply className="icon-directional" />
        </span>
        {isFailed && message.client_msg_id !== undefined && (
          <button
            type="button"
            className="message-failed"
            onClick={() => message.client_msg_id !== undefined && verbs.retry(message.client_msg_id)}
          >
            <RotateCw aria-hidden="true" />
            {t("message.not_sent")}
          </button>
        )}
      </div>
    );
  },
  (old, next) =>
    old.row.message === next.row.message &&
    old.row.is_first === next.row.is_first &&
    old.row.is_last === next.row.is_last &&
    old.has_avatar === next.has_avatar &&
    old.is_active === next.is_active &&
    old.is_fresh === next.is_fresh &&
    old.is_target === next.is_target &&
    old.can_reply === next.can_reply &&
    old.can_react === next.can_react &&
    old.is_selected === next.is_selected,
);

export function NameRow({ user_id, name }: { user_id: string; name: string }) {
  return (
    <div className="message-name" data-person={user_id} style={{ "--hue": hueOf(user_id) }} aria-hidden="true">
      <OneLine>{name}</OneLine>
    </div>
  );
}
