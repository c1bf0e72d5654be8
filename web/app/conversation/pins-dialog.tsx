import { Pin, PinOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import { excerpt } from "../../../src/domain/text.ts";
import type { ChatHandle, ChatScreen, TimelineMessage } from "../../sync/client.ts";
import { IconButton } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { OneLine } from "../../ui/one-line.tsx";
import { faultWords } from "../fault-words.ts";
import { useFormats, useNow } from "../formats-context.tsx";
import { messageWords } from "../message-words.ts";
import { useNameOf } from "../people/people-book.ts";
import { showToast } from "../toasts.ts";
import { has } from "./message-abilities.ts";
import "../news/news-dialog.css";

const SHOWN_CHARS = 240;

export interface PinsDialogProps {
  handle: ChatHandle;
  screen: ChatScreen;
  pins: readonly TimelineMessage[];
  onGo: (pin: TimelineMessage) => void;
  onUnpinned: (seq: number) => void;
  onClose: () => void;
}

/** Everything that is pinned in a chat, the latest pin first: to go there, or to unpin it. */
export function PinsDialog({ handle, screen, pins, onGo, onUnpinned, onClose }: PinsDialogProps) {
  const { t } = useTranslation();
  const formats = useFormats();
  const now = useNow(60_000);
  const nameOf = useNameOf();
  const failed = (thrown: unknown): void => showToast(t("update.failed", { reason: faultWords(t, thrown) }), "danger");

  async function unpin(seq: number): Promise<void> {
    try {
      await handle.setPin(seq, false);
      onUnpinned(seq);
      showToast(t("pins.unpinned"), "plain", {
        label: t("action.undo"),
        run: () => void handle.setPin(seq, true).catch(failed),
      });
    } catch (thrown) {
      failed(thrown);
    }
  }

  return (
    <Dialog title={t("pins.bar")} is_open onClose={onClose}>
      <div className="dialog-body news">
        {pins.length === 0 && <EmptyState icon={<Pin />} title={t("pins.none")} hint={t("pins.none_hint")} />}
        <ul aria-label={t("pins.bar")}>
          {pins.map((pin) => (
            <li key={pin.key} className="news-line">
              <button
                type="button"
                className="news-words"
                onClick={() => {
                  onClose();
                  onGo(pin);
                }}
              >
                <span className="news-detail tabular">
                  <bdi>{pin.is_own ? t("chats.you") : nameOf(pin.sender_id, pin.sender_name)}</bdi> ·{" "}
                  {formats.listTime(pin.created_at, now)}
                </span>
                <OneLine>{excerpt(messageWords(t, pin), SHOWN_CHARS)}</OneLine>
              </button>
              {has(screen, "pin") && pin.seq !== undefined && (
                <IconButton label={t("message.unpin")} onPress={() => pin.seq !== undefined && void unpin(pin.seq)}>
                  <PinOff />
                </IconButton>
              )}
            </li>
          ))}
        </ul>
      </div>
    </Dialog>
  );
}
