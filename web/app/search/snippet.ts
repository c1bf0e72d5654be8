/** Marks of markup around a word or more, as they stand in a piece of a message that was cut anywhere. */
const MARKS = /(?<![\p{L}\p{N}])(\*\*?|__?|~~?|`)(?=\S)([^\n]*?\S)\1(?![\p{L}\p{N}])/gu;

/** A piece of a message in plain words, with its ranges where they stand then. */
export function withoutMarks(
  snippet: string,
  ranges: readonly (readonly [number, number])[],
): { text: string; ranges: (readonly [number, number])[] } {
  const gone: number[] = [];
  for (const { index, 0: whole, 1: mark = "" } of snippet.matchAll(MARKS))
    for (let i = 0; i < mark.length; i += 1) gone.push(index + i, index + whole.length - 1 - i);
  const left = new Set(gone);
  const before = (place: number): number => gone.filter((one) => one < place).length;
  return {
    text: snippet
      .split("")
      .filter((_, place) => !left.has(place))
      .join(""),
    ranges: ranges.map(([at, length]) => {
      const start = at - before(at);
      return [start, at + length - before(at + length) - start];
    }),
  };
}
