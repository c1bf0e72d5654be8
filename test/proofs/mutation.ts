import type { SeededRandom } from "./seeded-random.ts";

/** A value of JSON. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** What stands where something else should: wrong kinds, edges of numbers and text, names with a meaning to engines. */
const STRANGE: readonly Json[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  2 ** 53,
  "",
  " ",
  "0",
  "null",
  "\u0000",
  "\ud800",
  "\u202e\u2066",
  "../../etc/passwd",
  "' OR 1=1 --",
  "<script>alert(1)</script>",
  "constructor",
  "x".repeat(70_000),
  [],
  [[]],
  {},
  { length: 1 },
  { text: null },
  { toString: "x" },
];
const STRANGE_KEYS = [
  "__proto__",
  "constructor",
  "type",
  "extra",
  "",
  "user_id",
  "sender_id",
  "seq",
  "rev",
  "toString",
];

/** Every place in a value, as a path. The root is the empty path. */
function placesOf(value: Json, path: string[] = []): string[][] {
  const inside =
    value !== null && typeof value === "object"
      ? Object.entries(value).flatMap(([key, item]) => placesOf(item, [...path, key]))
      : [];
  return [path, ...inside];
}

/** A copy in which `change` was applied to the container at `path` and its last key. */
function changed(
  value: Json,
  path: readonly string[],
  change: (holder: Record<string, Json>, key: string) => void,
): Json {
  const box: { root: Json } = { root: structuredClone(value) };
  let holder = box as unknown as Record<string, Json>;
  let key = "root";
  for (const step of path) {
    holder = holder[key] as Record<string, Json>;
    key = step;
  }
  change(holder, key);
  return box.root;
}

/** JSON with `__proto__` as an own key, which an object literal and a copy would swallow. */
function textOf(value: Json): string {
  return JSON.stringify(value).replaceAll('"@@proto@@"', '"__proto__"');
}

const keyFor = (random: SeededRandom): string => random.pick(STRANGE_KEYS).replace("__proto__", "@@proto@@");

/** Changes one thing of a valid value, and says the result as text. It may happen to be valid still. */
export function mutateOnce(valid: Json, random: SeededRandom): string {
  const places = placesOf(valid);
  const place = random.pick(places.length > 1 ? places.slice(1) : places);
  switch (random.whole(0, 6)) {
    case 0:
      return textOf(
        changed(valid, place, (holder, key) => {
          if (Array.isArray(holder)) holder.splice(Number(key), 1);
          else delete holder[key];
        }),
      );
    case 1:
      return textOf(
        changed(valid, random.pick(places), (holder, key) => {
          const inner = holder[key];
          const target = inner !== null && typeof inner === "object" && !Array.isArray(inner) ? inner : holder;
          target[keyFor(random)] = random.pick(STRANGE);
        }),
      );
    case 2:
      return textOf(
        changed(valid, place, (holder, key) => {
          holder[keyFor(random)] = holder[key] ?? null;
          delete holder[key];
        }),
      );
    case 3:
      return textOf(
        changed(valid, place, (holder, key) => {
          const inner = holder[key];
          holder[key] = typeof inner === "string" ? bent(inner, random) : random.pick(STRANGE);
        }),
      );
    case 4:
      return cut(textOf(valid), random);
    default:
      return textOf(
        changed(valid, place, (holder, key) => {
          holder[key] = random.pick(STRANGE);
        }),
      );
  }
}

/** A string with one character gone, doubled or replaced, or in another case. */
function bent(text: string, random: SeededRandom): string {
  const at = random.whole(0, Math.max(0, text.length - 1));
  return random.pick([
    text.slice(0, at) + text.slice(at + 1),
    text.slice(0, at) + text.slice(at).repeat(2),
    `${text.slice(0, at)}\u0000${text.slice(at + 1)}`,
    text.toUpperCase(),
    `${text} `,
  ]);
}

/** JSON with one character gone or one too many. */
function cut(text: string, random: SeededRandom): string {
  const at = random.whole(0, text.length - 1);
  return random.pick([
    text.slice(0, at),
    text.slice(0, at) + text.slice(at + 1),
    `${text},`,
    `${text}${text}`,
    `[${text}`,
  ]);
}

/** Something that was never valid: noise, other formats, deep nesting. */
export function noise(random: SeededRandom): string | Buffer {
  const bytes = Buffer.from(Array.from({ length: random.whole(0, 64) }, () => random.whole(0, 255)));
  return random.pick<string | Buffer>([
    bytes,
    bytes.toString("latin1"),
    "",
    "null",
    "0",
    '"SEND_MESSAGE"',
    "[]",
    "[[]]",
    "[null]",
    "{}",
    "{",
    "NaN",
    "\ufeff{}",
    `{"type":"${random.whole(0, 9)}"}`,
    '{"type":"__proto__"}',
    '{"type":"constructor"}',
    '{"type":{"toString":1}}',
    "[".repeat(5_000),
    `${'{"a":'.repeat(3_000)}1${"}".repeat(3_000)}`,
    `[${Array.from({ length: 33 }, () => '{"type":"PING","timestamp":1}').join(",")}]`,
    "GET / HTTP/1.1\r\n\r\n",
    "<xml/>",
    "type=PING",
  ]);
}
