import { isSticker } from "../../src/protocol/stickers.ts";
import { Bird } from "./bird.tsx";
import { MOODS, PLAIN } from "./moods.tsx";

interface StickerProps {
  id: string;
  /** Length of its square, in CSS pixels. */
  size: number;
  /** What is to be seen, in the reader's language; without it the drawing is silent. */
  label?: string;
}

/** A sticker, drawn. */
export function Sticker({ id, size, label }: StickerProps) {
  const mood = isSticker(id) ? MOODS[id] : PLAIN;
  const drawing = <Bird mood={mood} />;
  const box = { viewBox: "-4 -8 128 128", width: size, height: size, className: "sticker" };
  if (label === undefined)
    return (
      <svg {...box} aria-hidden="true">
        {drawing}
      </svg>
    );
  return (
    <svg {...box} role="img" aria-label={label}>
      {drawing}
    </svg>
  );
}
