import { readFileSync } from "node:fs";
import { SeededRandom } from "./seeded-random.ts";

/** One speech: said in a chat, by a person of that chat. */
export interface Speech {
  chat: string;
  speaker: string;
  text: string;
}

/** Reads a file of one JSON object a line: `chat`, `speaker`, `text`. */
export function readPlays(file: string): Speech[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const { chat, speaker, text } = JSON.parse(line) as Speech;
      return { chat, speaker, text };
    });
}

const WORDS = [
  "bread",
  "harbour",
  "soft",
  "nine",
  "Übermut",
  "çay",
  "日本語",
  "שלום",
  "مرحبا",
  "🙂",
  "of",
  "the",
  "and",
  "rain",
];

/** Conversations of our own making, for a run that has no file: texts of all lengths, scripts and line breaks. */
export function inventPlays(seed: number, chats: number, speakers: number, speeches: number): Speech[] {
  const random = new SeededRandom(seed);
  return Array.from({ length: speeches }, (_, i) => {
    const words = Array.from({ length: random.whole(1, 40) }, () => random.pick(WORDS));
    return {
      chat: `room-${i % chats}`,
      speaker: `speaker-${random.whole(1, speakers)}`,
      text: words.join(random.isTrue(0.1) ? "\n" : " "),
    };
  });
}

/** The speakers of each chat, in the order of their first word. */
export function castOf(speeches: readonly Speech[]): Map<string, string[]> {
  const casts = new Map<string, string[]>();
  for (const { chat, speaker } of speeches) {
    const cast = casts.get(chat) ?? [];
    if (!cast.includes(speaker)) cast.push(speaker);
    casts.set(chat, cast);
  }
  return casts;
}
