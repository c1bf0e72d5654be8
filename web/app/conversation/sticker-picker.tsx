import { Button } from "react-aria-components/Button";
import { useTranslation } from "react-i18next";
import { STICKERS } from "../../../src/protocol/stickers.ts";
import { Sticker } from "../../stickers/sticker.tsx";
import { stickerWords } from "../message-words.ts";
import "./sticker-picker.css";

/** The stickers of the house; they are drawn in code, so that this works without a network too. */
export function StickerPicker({ onPick }: { onPick: (id: string) => void }) {
  const { t } = useTranslation();
  return (
    <ul className="sticker-picker" aria-label={t("stickers.title")}>
      {STICKERS.map(({ sticker_id }, i) => (
        <li key={sticker_id}>
          <Button
            className="sticker-choice"
            aria-label={stickerWords(t, sticker_id)}
            autoFocus={i === 0}
            onPress={() => onPick(sticker_id)}
          >
            <Sticker id={sticker_id} size={68} />
          </Button>
        </li>
      ))}
    </ul>
  );
}
