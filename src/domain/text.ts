/** Text as it is stored: well-formed, line ends as `\n`, composed (NFC) so that one word has one spelling. Nothing else is touched. */
export function normaliseText(text: string): string {
  return text.replace(/\r\n?/g, "\n").normalize("NFC");
}

/** Characters of a preview in the chat list. */
const PREVIEW_CHARS = 140;

/** The beginning of a text on one line, cut between graphemes so that no emoji or letter is split. */
export function excerpt(text: string, max: number = PREVIEW_CHARS): string {
  const head = text.length > max * 8 ? text.slice(0, max * 8) : text;
  const line = head.replace(/\s+/gu, " ").trim();
  if (line.length <= max) return line;
  let out = "";
  for (const { segment } of new Intl.Segmenter().segment(line)) {
    if (out.length + segment.length > max - 1) break;
    out += segment;
  }
  return `${out.trimEnd()}…`;
}
