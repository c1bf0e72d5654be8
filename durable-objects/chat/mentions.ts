import { Fault } from "../../src/domain/fault.ts";
import { normaliseText } from "../../src/domain/text.ts";
import type { Mention, TextContent } from "../../src/protocol/content.ts";
import { TEXT_BYTES } from "../../src/protocol/limits.ts";
import { ROUND_SLICE } from "../shared/limits.ts";
import type { Room } from "./room.ts";
import type { MemberRow } from "./rows.ts";

const encoder = new TextEncoder();

/** What stands in `concerns` where everybody is meant. */
export const EVERYBODY = "*";

/**
 * A text as it is stored, before anybody asks what it may do: composed, and its mentions where they stand then
 * (SPEC TXT1, MNT1). The same for a repeat, whoever has come or gone meanwhile.
 * @throws Fault `invalid` for a text that composing makes too long
 */
export function compose({ text: raw, mentions = [] }: TextContent): TextContent {
  const text = normaliseText(raw);
  // Composing a letter can make it longer: what is stored keeps to the limit, too.
  if (text.length * 3 > TEXT_BYTES && encoder.encode(text).byteLength > TEXT_BYTES)
    throw new Fault("invalid", { message: `A text has at most ${TEXT_BYTES} bytes of UTF-8.` });
  const moved = mentions.flatMap((mention) => moveMention(raw, text, mention) ?? []);
  return moved.length === 0 ? { text } : { text, mentions: moved };
}

/** Undefined where composing has made one letter of its edge and its neighbour: then it is no word of its own. */
function moveMention(raw: string, text: string, mention: Mention): Mention | undefined {
  const before = normaliseText(raw.slice(0, mention.offset));
  const words = normaliseText(raw.slice(mention.offset, mention.offset + mention.length));
  if (words.length === 0 || !text.startsWith(words, before.length) || !text.startsWith(before)) return undefined;
  const place = { offset: before.length, length: words.length };
  return mention.user_id === undefined
    ? { ...place, everyone: mention.everyone }
    : { ...place, user_id: mention.user_id };
}

/** What a text does beside being read. */
export interface Addressed {
  /** With the mentions that mean somebody. */
  content: TextContent;
  /** Who is mentioned or answered, as it is stored. */
  concerns: string | null;
  /** Whose hubs hear of it even if they are asleep. */
  personal: "everybody" | string[];
}

/**
 * Whom a text mentions, and whom it answers (SPEC MNT). A mention of somebody who is no member stays text.
 * @throws Fault `forbidden` for who mentions everybody without the right
 */
export function address(room: Room, sender: MemberRow, composed: TextContent, replyTo: number | null): Addressed {
  const answered = replyTo === null ? undefined : room.store.message(replyTo);
  const { text, mentions } = composed;
  if (!mentions && !answered) return { content: composed, concerns: null, personal: [] };
  const kept = (mentions ?? []).filter(
    (mention, i, all) =>
      !all.slice(0, i).some((other) => overlap(mention, other)) &&
      (mention.user_id === undefined || room.isPresent(room.member(mention.user_id))),
  );
  const everyone = kept.flatMap((mention) => mention.everyone ?? []);
  if (everyone.length > 0 && !room.may(sender, "mention_all"))
    throw new Fault("forbidden", { message: "You may not mention everybody here." });

  const named = new Set(kept.flatMap((mention) => mention.user_id ?? []));
  if (answered) named.add(answered.sender_id);
  named.delete(sender.user_id);
  // Who is not here does not hear of `here` before they come back.
  const personal = everyone.includes("channel") ? everybodyBut(room, sender) : [...named];
  return {
    content: kept.length === 0 ? { text } : { text, mentions: kept },
    concerns: everyone.length > 0 ? EVERYBODY : named.size === 0 ? null : [...named].join(" "),
    personal,
  };
}

/** Of very many nobody makes a list. */
const everybodyBut = (room: Room, { user_id }: MemberRow): Addressed["personal"] =>
  room.chat.people_count > ROUND_SLICE ? "everybody" : [...room.presentIds()].filter((id) => id !== user_id);

const overlap = (one: Mention, other: Mention): boolean =>
  one.offset < other.offset + other.length && other.offset < one.offset + one.length;
