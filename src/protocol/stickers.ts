/**
 * The stickers that may be sent, by id; `label` says in English what is to be seen, for screen readers and bots.
 * The drawings are in `web/stickers`. An id that was ever sent is never taken away.
 */
export const STICKERS = [
  { sticker_id: "hello", label: "Waving hello" },
  { sticker_id: "thanks", label: "Thank you, with a heart" },
  { sticker_id: "love", label: "Eyes full of hearts" },
  { sticker_id: "laugh", label: "Laughing to tears" },
  { sticker_id: "wow", label: "Amazed" },
  { sticker_id: "sad", label: "Crying" },
  { sticker_id: "angry", label: "Cross" },
  { sticker_id: "sleepy", label: "Fast asleep" },
  { sticker_id: "party", label: "In a party hat" },
  { sticker_id: "yes", label: "Agreed, with a tick" },
  { sticker_id: "no", label: "No, with a cross" },
  { sticker_id: "thinking", label: "Thinking" },
  { sticker_id: "coffee", label: "With a cup of coffee" },
  { sticker_id: "cool", label: "In sunglasses" },
  { sticker_id: "sorry", label: "Sorry" },
  { sticker_id: "bye", label: "Flying off" },
] as const;

export type StickerId = (typeof STICKERS)[number]["sticker_id"];

const IDS: ReadonlySet<string> = new Set(STICKERS.map((one) => one.sticker_id));
export const isSticker = (id: string): id is StickerId => IDS.has(id);
