import { ChevronRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { ThreadPicture } from "../../sync/client.ts";
import { Avatar } from "../../ui/avatar.tsx";
import { useFormats, useNow } from "../formats-context.tsx";
import { useRowVerbs } from "./row-verbs.ts";
import "./thread-chip.css";

/** Under the first message of a thread: how many answers, whose, and the way to them. */
export function ThreadChip({
  row_key,
  thread,
  is_active,
}: {
  row_key: string;
  thread: ThreadPicture;
  is_active: boolean;
}) {
  const { t } = useTranslation();
  const formats = useFormats();
  const verbs = useRowVerbs();
  const now = useNow(60_000);
  const when = formats.ago(thread.last_reply_at, now) ?? t("presence.just_now");
  return (
    <button
      type="button"
      className="thread-chip"
      tabIndex={is_active ? 0 : -1}
      onClick={() => verbs.openThread(row_key)}
    >
      <span className="thread-faces" aria-hidden="true">
        {thread.user_ids.map((id) => (
          <Avatar key={id} id={id} name={verbs.nameOf(id)} size="tiny" />
        ))}
      </span>
      <strong>{t("thread.replies", { count: thread.reply_count })}</strong>
      <span className="thread-when ellipsis">{when}</span>
      <ChevronRight className="icon-directional" aria-hidden="true" />
    </button>
  );
}
