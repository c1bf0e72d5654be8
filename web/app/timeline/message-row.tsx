import { ChevronDown, RotateCw, Trash2 } from "lucide-react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { Avatar } from "../../ui/avatar.tsx";
import { hueOf } from "../../ui/hue.ts";
import { MessageStateIcon } from "../../ui/message-state-icon.tsx";
import { OneLine } from "../../ui/one-line.tsx";
import { useFormats } from "../formats-context.tsx";
import "./message-row.css";
import { isJumbo, linkify } from "./rich-text.tsx";
import type { MessageRow as MessageRowData } from "./rows.ts";

export interface MessageRowProps {
  row: MessageRowData;
  has_avatar: boolean;
  /** The one row of the timeline that Tab reaches. */
  is_active: boolean;
  /** It has just come: it rises into its place. */
  is_fresh: boolean;
  onMenu: (key: string, button: HTMLElement) => void;
  onRetry: (clientMsgId: string) => void;
}

/** One message: an article that says who, when, what and how far it got. */
export const MessageRow = memo(
  function MessageRow({ row, has_avatar, is_active, is_fresh, onMenu, onRetry }: MessageRowProps) {
    const { t } = useTranslation();
    const formats = useFormats();
    const { message, is_first, is_last } = row;
    const time = formats.time(message.created_at);
    const isDeleted = message.kind === "deleted";
    const deletedWords = t(message.is_own ? "message.deleted_own" : "message.deleted");
    const text = isDeleted ? deletedWords : (message.text ?? "");
    const isBig = !isDeleted && isJumbo(text);
    const label = {
      name: message.is_own ? t("chats.you") : message.sender_name,
      time,
      text,
    };
    const isFailed = message.state === "failed";
    return (
      <div
        className="message"
        data-own={message.is_own || undefined}
        data-first={is_first || undefined}
        data-last={is_last || undefined}
        data-fresh={is_fresh || undefined}
      >
        {has_avatar && (
          <span className="message-gutter">
            {is_last && <Avatar id={message.sender_id} name={message.sender_name} size="tiny" />}
          </span>
        )}
        <article
          className="message-article"
          data-message={row.key}
          tabIndex={is_active ? 0 : -1}
          aria-label={
            message.state === undefined
              ? t("message.label", label)
              : t("message.label_state", { ...label, state: t(`state.${message.state}`) })
          }
          aria-keyshortcuts="Shift+F10"
        >
          <div className="bubble" data-jumbo={isBig || undefined} data-deleted={isDeleted || undefined}>
            <div className="bubble-text">
              {isDeleted ? (
                <>
                  <Trash2 className="bubble-deleted-icon" aria-hidden="true" />
                  {deletedWords}
                </>
              ) : (
                linkify(text)
              )}
              {(is_last || message.state !== undefined) && (
                <span className="bubble-meta tabular">
                  {is_last && <time dateTime={new Date(message.created_at).toISOString()}>{time}</time>}
                  {message.state !== undefined && !isDeleted && <MessageStateIcon state={message.state} />}
                </span>
              )}
            </div>
          </div>
          <span className="message-side">
            {!is_last && (
              <time className="message-hover-time tabular" aria-hidden="true">
                {time}
              </time>
            )}
            <button
              type="button"
              className="message-more"
              tabIndex={-1}
              aria-label={t("message.menu")}
              aria-haspopup="menu"
              onClick={(event) => onMenu(row.key, event.currentTarget)}
            >
              <ChevronDown aria-hidden="true" />
            </button>
          </span>
        </article>
        {isFailed && message.client_msg_id !== undefined && (
          <button
            type="button"
            className="message-failed"
            onClick={() => message.client_msg_id !== undefined && onRetry(message.client_msg_id)}
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
    old.onMenu === next.onMenu &&
    old.onRetry === next.onRetry,
);

export function NameRow({ user_id, name }: { user_id: string; name: string }) {
  return (
    <div className="message-name" style={{ "--hue": hueOf(user_id) }} aria-hidden="true">
      <OneLine>{name}</OneLine>
    </div>
  );
}
