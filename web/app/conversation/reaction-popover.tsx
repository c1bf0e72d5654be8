import { Suspense, useState } from "react";
import { Dialog } from "react-aria-components/Dialog";
import { useTranslation } from "react-i18next";
import type { TimelineMessage } from "../../sync/client.ts";
import { type MenuPlace, PlacedPopover } from "../../ui/placed-popover.tsx";
import { EmojiPicker } from "../screens.ts";
import { QuickReactions } from "./quick-reactions.tsx";

/** Chooses a reaction: six at hand, and all the others behind them. Give it a `key` per opening. */
export function ReactionPopover({
  message,
  place,
  is_full,
  onPick,
  onClose,
}: {
  message: TimelineMessage;
  place: MenuPlace;
  /** Starts with the whole picker. */
  is_full: boolean;
  onPick: (emoji: string, isSet: boolean) => void;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const [isFull, setFull] = useState(is_full);
  return (
    <PlacedPopover place={place} className="emoji-popover" onClose={onClose}>
      {(close) => (
        <Dialog aria-label={t("reaction.title")} className="reaction-dialog">
          {isFull ? (
            <Suspense fallback={<div className="emoji-wait">{t("emoji.loading")}</div>}>
              <EmojiPicker
                onPick={(emoji) => {
                  onPick(emoji, true);
                  close();
                }}
              />
            </Suspense>
          ) : (
            <QuickReactions
              message={message}
              takes_focus
              onPick={(emoji, isSet) => {
                onPick(emoji, isSet);
                close();
              }}
              onMore={() => setFull(true)}
            />
          )}
        </Dialog>
      )}
    </PlacedPopover>
  );
}
