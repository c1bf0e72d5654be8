import { useId, useState } from "react";
import { Button } from "react-aria-components/Button";
import { useTranslation } from "react-i18next";
import type { StickerId } from "../../../src/protocol/stickers.ts";
import { Sticker } from "../../stickers/sticker.tsx";
import { stickerWords } from "../message-words.ts";
import { stickerOrder } from "./sticker-order.ts";
import "./sticker-picker.css";

/** The stickers of the house, the most used before the others; drawn in code, so that this works without a network too. */
export function StickerPicker({ onPick }: { onPick: (id: StickerId) => void }) {
  const { t } = useTranslation();
  const [{ popular, others }] = useState(stickerOrder);
  return (
    <div className="sticker-picker">
      {popular.length > 0 && <StickerGroup title={t("stickers.popular")} ids={popular} has_focus onPick={onPick} />}
      <StickerGroup
        title={t(popular.length > 0 ? "stickers.others" : "stickers.title")}
        is_bare={popular.length === 0}
        ids={others}
        has_focus={popular.length === 0}
        onPick={onPick}
      />
    </div>
  );
}

interface StickerGroupProps {
  title: string;
  /** The title is for screen readers alone. */
  is_bare?: boolean;
  ids: readonly StickerId[];
  has_focus: boolean;
  onPick: (id: StickerId) => void;
}

function StickerGroup({ title, is_bare = false, ids, has_focus, onPick }: StickerGroupProps) {
  const { t } = useTranslation();
  const heading = useId();
  return (
    <section>
      <h3 id={heading} className={is_bare ? "visually-hidden" : undefined}>
        {title}
      </h3>
      <ul aria-labelledby={heading}>
        {ids.map((id, i) => (
          <li key={id}>
            <Button
              className="sticker-choice"
              aria-label={stickerWords(t, id)}
              autoFocus={has_focus && i === 0}
              onPress={() => onPick(id)}
            >
              <Sticker id={id} size={68} />
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
