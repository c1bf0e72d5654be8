import { ChevronDown } from "lucide-react";
import { Button } from "react-aria-components/Button";
import { useTranslation } from "react-i18next";
import { UNREAD_CAP } from "../../../src/protocol/limits.ts";
import { useFormats } from "../formats-context.tsx";
import "./jump-button.css";

/** Back to the latest message, with the number of those not read yet. */
export function JumpButton({ is_shown, unread, onPress }: { is_shown: boolean; unread: number; onPress: () => void }) {
  const { t } = useTranslation();
  const formats = useFormats();
  if (!is_shown) return null;
  return (
    <Button
      className="jump"
      aria-label={unread > 0 ? t("conversation.jump_new", { count: unread }) : t("conversation.jump")}
      onPress={onPress}
    >
      <ChevronDown aria-hidden="true" />
      {unread > 0 && (
        <span className="jump-count badge tabular" aria-hidden="true">
          {formats.capped(unread, UNREAD_CAP)}
        </span>
      )}
    </Button>
  );
}
