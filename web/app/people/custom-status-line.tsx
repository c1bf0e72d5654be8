import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { CustomStatus } from "../../../src/protocol/user.ts";
import { useFormats, useNow } from "../formats-context.tsx";
import { useMaybeReadable, useParley } from "../parley-context.tsx";
import "./person-sheet.css";

/** A status that has something to say and is not over. */
export const liveStatus = (status: CustomStatus | undefined, now: number): CustomStatus | undefined =>
  status === undefined ||
  (status.text === "" && status.emoji === undefined) ||
  (status.expires_at !== undefined && Date.parse(status.expires_at) <= now)
    ? undefined
    : status;

/** What a fellow member says of themselves just now. */
function useCustomStatus(userId: string, chatId: string): CustomStatus | undefined {
  const client = useParley();
  const now = useNow(30_000);
  const presence = useMaybeReadable(useMemo(() => client.presence(userId, chatId), [client, userId, chatId]));
  return liveStatus(presence?.custom_status, now);
}

/** "🌴 On holiday · until 14:00", or nothing. */
export function CustomStatusLine({ user_id, chat_id }: { user_id: string; chat_id: string }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const status = useCustomStatus(user_id, chat_id);
  if (status === undefined) return null;
  return (
    <span className="custom-status">
      {status.emoji !== undefined && <span>{status.emoji}</span>}
      {status.text !== "" && <bdi>{status.text}</bdi>}
      {status.expires_at !== undefined && (
        <small>{t("status.until", { when: formats.full(Date.parse(status.expires_at)) })}</small>
      )}
    </span>
  );
}

/** Only the emoji, for a list. */
export function StatusEmoji({ user_id, chat_id }: { user_id: string; chat_id: string }) {
  const status = useCustomStatus(user_id, chat_id);
  if (status?.emoji === undefined) return null;
  return (
    <span className="status-emoji" role="img" aria-label={status.text === "" ? status.emoji : status.text}>
      {status.emoji}
    </span>
  );
}
