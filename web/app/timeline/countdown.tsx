import { Timer } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useFormats, useNow } from "../formats-context.tsx";

/** Within this the seconds are counted. */
const SOON_MS = 120_000;

/** How long a message still is: it goes by itself. */
export function Countdown({ expires_at }: { expires_at: number }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const now = useNow(expires_at - Date.now() < SOON_MS ? 1_000 : 30_000);
  const left = formats.left(Math.max(0, expires_at - now));
  return (
    <span className="bubble-countdown tabular" role="img" aria-label={t("message.expires_in", { left })}>
      <Timer aria-hidden="true" />
      {left}
    </span>
  );
}
