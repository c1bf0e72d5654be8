/** What a text becomes, and what is selected in it then. */
export interface Formatted {
  text: string;
  start: number;
  end: number;
}

const MARKS: Record<string, string> = { b: "*", i: "_", e: "`" };
const MARKS_SHIFTED: Record<string, string> = { x: "~" };

/** The mark that a key with Ctrl or Cmd sets around the selection. */
export const markOf = (key: string, hasShift: boolean): string | undefined =>
  (hasShift ? MARKS_SHIFTED : MARKS)[key.toLowerCase()];

/** Sets a mark around the selection, or takes it away if it is there already. Nothing selected: the caret goes between. */
export function toggleMark(text: string, start: number, end: number, mark: string): Formatted {
  const inside = text.slice(start, end);
  const length = mark.length;
  if (text.slice(start - length, start) === mark && text.slice(end, end + length) === mark)
    return {
      text: text.slice(0, start - length) + inside + text.slice(end + length),
      start: start - length,
      end: end - length,
    };
  if (inside.length > 2 * length && inside.startsWith(mark) && inside.endsWith(mark)) {
    const bare = inside.slice(length, -length);
    return { text: text.slice(0, start) + bare + text.slice(end), start, end: start + bare.length };
  }
  // Spaces at the edges stay outside: a mark before a space is no mark.
  const lead = inside.length - inside.trimStart().length;
  const tail = inside.trim() === "" ? 0 : inside.length - inside.trimEnd().length;
  const from = inside.trim() === "" ? end : start + lead;
  const to = end - tail;
  return {
    text: text.slice(0, from) + mark + text.slice(from, to) + mark + text.slice(to),
    start: from + length,
    end: to + length,
  };
}
