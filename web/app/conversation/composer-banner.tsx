import { Pencil, Reply, Timer, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { excerpt } from "../../../src/domain/text.ts";
import type { TimelineMessage } from "../../sync/client.ts";
import { IconButton } from "../../ui/button.tsx";
import { hueOf } from "../../ui/hue.ts";
import { OneLine } from "../../ui/one-line.tsx";
import { useFormats } from "../formats-context.tsx";
import { KEYS } from "../keys.ts";
import { messageWords } from "../message-words.ts";
import "./composer-banner.css";

/** What the composer is about, if not a message of its own. */
export interface Purpose {
  kind: "reply" | "edit";
  message: TimelineMessage;
}

const SHOWN_CHARS = 200;

/** Above the composer: what is answered or changed, with the way out. */
export function ComposerBanner({ purpose, onCancel }: { purpose: Purpose; onCancel: () => void }) {
  const { t } = useTranslation();
  const { kind, message } = purpose;
  const title =
    kind === "edit"
      ? t("composer.editing")
      : message.is_own
        ? t("composer.replying_own")
        : t("composer.replying", { name: message.sender_name });
  return (
    <div className="composer-banner" data-kind={kind} style={{ "--hue": hueOf(message.sender_id) }}>
      {kind === "edit" ? <Pencil aria-hidden="true" /> : <Reply className="icon-directional" aria-hidden="true" />}
      <div className="composer-banner-words">
        <strong role="status">{title}</strong>
        <OneLine>{excerpt(messageWords(t, message), SHOWN_CHARS)}</OneLine>
      </div>
      <IconButton
        label={t(kind === "edit" ? "composer.cancel_edit" : "composer.cancel_reply")}
        keys={KEYS.back}
        onPress={onCancel}
      >
        <X />
      </IconButton>
    </div>
  );
}

/** Above the composer: the next message goes away by itself. */
export function TimerBanner({ seconds, onCancel }: { seconds: number; onCancel: () => void }) {
  const { t } = useTranslation();
  const formats = useFormats();
  return (
    <div className="composer-banner" data-kind="timer">
      <Timer aria-hidden="true" />
      <div className="composer-banner-words">
        <strong role="status">{t("expiry.set", { duration: formats.duration(seconds) })}</strong>
      </div>
      <IconButton label={t("expiry.off")} onPress={onCancel}>
        <X />
      </IconButton>
    </div>
  );
}
