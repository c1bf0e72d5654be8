import { useTranslation } from "react-i18next";
import { ConfirmDialog } from "../../ui/dialog.tsx";
import { faultWords } from "../fault-words.ts";
import { useParley } from "../parley-context.tsx";
import type { Clearing } from "../people/people-dialogs.ts";
import { currentRoute, navigate } from "../route.ts";
import { showToast } from "../toasts.ts";

/** Says for whom the messages go, and that they do not come back, before they do. */
export function ClearDialog({ clearing, onClose }: { clearing: Clearing; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useParley();
  const { chat_id, name, seq, is_unlisted } = clearing;
  const words = is_unlisted ? "delete" : "clear";

  function clear(): void {
    client.clearChat(chat_id, seq, is_unlisted).then(
      () => {
        const route = currentRoute();
        if (is_unlisted && route.at === "chat" && route.chat_id === chat_id) navigate({ at: "home" });
        showToast(t(`chats.${words}_done`, { name }));
      },
      (thrown: unknown) => showToast(t("update.failed", { reason: faultWords(t, thrown) }), "danger"),
    );
  }

  return (
    <ConfirmDialog
      title={t(`chats.${words}_title`, { name })}
      hint={t(`chats.${words}_hint`)}
      confirm={t(`chats.${words}_confirm`)}
      is_open
      onClose={onClose}
      onConfirm={clear}
    />
  );
}
