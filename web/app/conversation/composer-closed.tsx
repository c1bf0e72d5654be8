import { Ban, Bell, BellOff, Megaphone } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { allows } from "../../../src/domain/rights.ts";
import type { ChatScreen, InboxLine } from "../../sync/client.ts";
import { Button } from "../../ui/button.tsx";
import { isMuted } from "../chat-list/chat-state.ts";
import { faultWords } from "../fault-words.ts";
import { useParley, useReadable } from "../parley-context.tsx";
import { showToast } from "../toasts.ts";
import "./composer-closed.css";

/** Why nobody writes here, and what can be done instead; undefined where the composer belongs. */
export type Closed = "blocked" | "restricted" | "channel" | "few";

export function closedBy(screen: ChatScreen, line: InboxLine | undefined): Closed | undefined {
  if (line?.is_blocked) return "blocked";
  const { chat, me } = screen;
  if (chat === undefined || me === undefined || allows(chat, me.role, "write")) return undefined;
  if (me.role === "restricted") return "restricted";
  return chat.chat_type === "channel" ? "channel" : "few";
}

/** Stands where the composer would. */
export function ComposerClosed({ screen, why }: { screen: ChatScreen; why: Closed }) {
  const { t } = useTranslation();
  const client = useParley();
  const failed = (thrown: unknown): void => showToast(t("update.failed", { reason: faultWords(t, thrown) }), "danger");
  const line = useReadable(client.inbox).lines.find((one) => one.chat_id === screen.chat_id);
  const peer = screen.peer_id;
  if (why === "blocked" && peer !== undefined)
    return (
      <Bar icon={<Ban aria-hidden="true" />} words={t("closed.blocked", { name: screen.title })}>
        <Button
          look="quiet"
          onPress={() =>
            void client.server
              .ask("block", { body: { user_id: peer, blocked: false } })
              .then(() => showToast(t("closed.unblocked", { name: screen.title })), failed)
          }
        >
          {t("closed.unblock")}
        </Button>
      </Bar>
    );
  const isQuiet = line !== undefined && isMuted(line, Date.now());
  return (
    <Bar icon={<Megaphone aria-hidden="true" />} words={t(`closed.${why}`)}>
      <Button
        look="quiet"
        onPress={() =>
          void client
            .setChatState(screen.chat_id, { muted_until: isQuiet ? null : Number.POSITIVE_INFINITY })
            .catch(failed)
        }
      >
        {isQuiet ? <Bell /> : <BellOff />}
        {t(isQuiet ? "chats.unmute" : "chats.mute")}
      </Button>
    </Bar>
  );
}

function Bar({ icon, words, children }: { icon: ReactNode; words: string; children: ReactNode }) {
  return (
    <div className="composer-closed">
      {icon}
      <p>{words}</p>
      {children}
    </div>
  );
}
