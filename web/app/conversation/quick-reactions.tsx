import { Plus } from "lucide-react";
import { Button } from "react-aria-components/Button";
import { Toolbar } from "react-aria-components/Toolbar";
import { useTranslation } from "react-i18next";
import type { TimelineMessage } from "../../sync/client.ts";
import "./quick-reactions.css";

/** The six that are enough for most days. */
const QUICK = ["👍", "❤️", "😂", "😮", "😢", "🙏"] as const;

/** A row of emoji to react with; own ones are marked, and pressing one of those takes it back. */
export function QuickReactions({
  message,
  onPick,
  onMore,
  takes_focus = false,
}: {
  message: TimelineMessage;
  onPick: (emoji: string, isSet: boolean) => void;
  onMore?: (() => void) | undefined;
  /** Opened for itself: then the first has the focus, and arrows lead to the others. */
  takes_focus?: boolean;
}) {
  const { t } = useTranslation();
  const isOwn = (emoji: string): boolean =>
    message.reactions?.some((reaction) => reaction.emoji === emoji && reaction.is_own) ?? false;
  return (
    <Toolbar className="quick-reactions" aria-label={t("reaction.title")}>
      {QUICK.map((emoji, place) => (
        <Button
          key={emoji}
          className="quick-reaction"
          autoFocus={takes_focus && place === 0}
          aria-pressed={isOwn(emoji)}
          aria-label={t(isOwn(emoji) ? "reaction.take_back" : "reaction.quick", { emoji })}
          onPress={() => onPick(emoji, !isOwn(emoji))}
        >
          <span aria-hidden="true">{emoji}</span>
        </Button>
      ))}
      {onMore !== undefined && (
        <Button className="quick-reaction quick-more" aria-label={t("reaction.more")} onPress={onMore}>
          <Plus aria-hidden="true" />
        </Button>
      )}
    </Toolbar>
  );
}
