import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ChatHandle, TimelineMessage } from "../../sync/client.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { faultWords } from "../fault-words.ts";
import { useFormats } from "../formats-context.tsx";
import "./edit-history.css";

type Version = Awaited<ReturnType<ChatHandle["edits"]>>[number];

/** What a message said before, oldest first, and what it says now. Asked of the server when it is opened. */
export function EditHistory({
  message,
  handle,
  onClose,
}: {
  message: TimelineMessage;
  handle: ChatHandle;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const formats = useFormats();
  const [versions, setVersions] = useState<readonly Version[] | undefined>(undefined);
  const [trouble, setTrouble] = useState<string | undefined>(undefined);
  const { seq } = message;
  useEffect(() => {
    let isGone = false;
    if (seq !== undefined)
      handle.edits(seq).then(
        (loaded) => {
          if (!isGone) setVersions(loaded);
        },
        (thrown: unknown) => {
          if (!isGone) setTrouble(t("message.history_failed", { reason: faultWords(t, thrown) }));
        },
      );
    return () => {
      isGone = true;
    };
  }, [handle, seq, t]);
  return (
    <Dialog title={t("message.history")} is_open onClose={onClose}>
      <div className="dialog-body edit-history">
        {trouble !== undefined && <p role="alert">{trouble}</p>}
        {trouble === undefined && versions === undefined && <p role="status">{t("message.history_loading")}</p>}
        <ol>
          {versions?.map((version) => (
            <li key={version.written_at}>
              <time dateTime={new Date(version.written_at).toISOString()}>{formats.full(version.written_at)}</time>
              <p dir="auto">{version.text}</p>
            </li>
          ))}
          <li>
            <span className="edit-history-now">{t("message.history_now")}</span>
            <p dir="auto">{message.text}</p>
          </li>
        </ol>
      </div>
    </Dialog>
  );
}
