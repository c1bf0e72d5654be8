import { Bookmark, MessageSquareText } from "lucide-react";
import { useState } from "react";
import { Button } from "react-aria-components/Button";
import { useTranslation } from "react-i18next";
import { Sticker } from "../../stickers/sticker.tsx";
import type { ChatHandle, ChatScreen } from "../../sync/client.ts";
import { EmptyState } from "../../ui/empty-state.tsx";
import { faultWords } from "../fault-words.ts";
import { useParley, useReadable } from "../parley-context.tsx";
import { useNameOf } from "../people/people-book.ts";
import { showToast } from "../toasts.ts";
import { closedBy } from "./composer-closed.tsx";
import "./first-words.css";

/** A chat of two in which nobody said anything yet: one press says hello. */
export function FirstWords({
  handle,
  screen,
  is_saved,
}: {
  handle: ChatHandle;
  screen: ChatScreen;
  is_saved: boolean;
}) {
  const { t } = useTranslation();
  const { lines } = useReadable(useParley().inbox);
  const nameOf = useNameOf();
  const name = screen.peer_id === undefined ? screen.title : nameOf(screen.peer_id, screen.title);
  const [isSent, setSent] = useState(false);
  if (is_saved)
    return <EmptyState icon={<Bookmark />} title={t("conversation.saved_start")} hint={t("conversation.saved_hint")} />;
  const words = { title: t("conversation.start", { name }), hint: t("conversation.start_hint") };
  const line = lines.find((one) => one.chat_id === screen.chat_id);
  if (closedBy(screen, line) !== undefined) return <EmptyState icon={<MessageSquareText />} {...words} />;

  function wave(): void {
    setSent(true);
    handle.sendContent("sticker", { sticker_id: "hello" }).catch((thrown: unknown) => {
      setSent(false);
      showToast(t("update.failed", { reason: faultWords(t, thrown) }), "danger");
    });
  }
  return (
    <div className="first-words">
      <Button className="first-wave" aria-label={t("conversation.wave")} isDisabled={isSent} onPress={wave}>
        <Sticker id="hello" size={112} />
        <span aria-hidden="true">{t("conversation.wave")}</span>
      </Button>
      <EmptyState {...words} />
    </div>
  );
}
