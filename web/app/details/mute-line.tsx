import { Bell, BellOff, ChevronRight } from "lucide-react";
import { Button } from "react-aria-components/Button";
import { useTranslation } from "react-i18next";
import { ActionMenu } from "../../ui/action-menu.tsx";
import { useChatActions } from "../chat-list/chat-actions.tsx";
import { isMuted, isMutedForEver } from "../chat-list/chat-state.ts";
import { useFormats, useNow } from "../formats-context.tsx";
import { useParley, useReadable } from "../parley-context.tsx";

/** Whether the chat calls the person, until when it does not, and the menu that changes it. */
export function MuteLine({ chat_id, my_id }: { chat_id: string; my_id: string }) {
  const { t } = useTranslation();
  const client = useParley();
  const formats = useFormats();
  const now = useNow(30_000);
  const chatActions = useChatActions(my_id);
  const line = useReadable(client.inbox).lines.find((one) => one.chat_id === chat_id);
  if (line === undefined) return null;
  const isQuiet = isMuted(line, now);
  const isEnding = isQuiet && !isMutedForEver(line) && line.muted_until !== undefined;
  const state = !isQuiet
    ? t("news.on")
    : isEnding
      ? t("news.off_until", { when: formats.full(Date.parse(line.muted_until ?? "")) })
      : t("news.off");
  return (
    <ActionMenu
      label={t("news.title")}
      actions={chatActions(line).flatMap((action) =>
        action.id === "mute" ? (action.choices ?? []) : action.id === "unmute" ? [action] : [],
      )}
    >
      <Button className="details-link">
        {isQuiet ? <BellOff aria-hidden="true" /> : <Bell aria-hidden="true" />}
        <span className="details-link-label">{t("news.title")}</span>
        <span className="details-quiet ellipsis">{state}</span>
        <ChevronRight aria-hidden="true" className="icon-directional" />
      </Button>
    </ActionMenu>
  );
}
