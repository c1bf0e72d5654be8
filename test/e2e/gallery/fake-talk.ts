import type { ChatSettings } from "../../../src/protocol/chat.ts";
import type { SendableContent, SendableType } from "../../../src/protocol/content.ts";
import type { PollPicture, TimelineMessage } from "../../../web/sync/client.ts";
import { ME, personOf } from "./fake-people.ts";
import { MINUTE } from "./scenario.ts";

export const SETTINGS: ChatSettings = {
  has_history_from_join: false,
  edit_window_s: null,
  disappear_after_s: null,
  slow_mode_s: 0,
  has_link_previews: true,
  is_public: false,
  needs_approval: false,
  permissions: {},
};

/** What a composed content looks like in the timeline. */
export function fieldsOf(kind: SendableType, content: SendableContent): Partial<TimelineMessage> {
  if ("text" in content) return { kind, text: content.text };
  if ("latitude" in content) return { kind, location: content };
  if ("sticker_id" in content) return { kind, sticker_id: content.sticker_id };
  if ("name" in content) return { kind, contact: content };
  return {
    kind,
    poll: {
      question: content.question,
      options: content.options.map((text, option_id) => ({ option_id, text, count: 0, is_own: false, user_ids: [] })),
      voter_count: 0,
      is_multiple: content.is_multiple ?? false,
      is_anonymous: content.is_anonymous ?? false,
      ...(content.closes_at === undefined ? {} : { closes_at: Date.parse(content.closes_at) }),
      is_closed: false,
    },
  };
}

/** A poll once Mara has chosen. */
export function pollAfter(poll: PollPicture, chosen: readonly number[]): PollPicture {
  const options = poll.options.map((option) => {
    const isOwn = chosen.includes(option.option_id);
    if (isOwn === option.is_own) return option;
    const others = option.user_ids.filter((id) => id !== ME.user_id);
    const user_ids = poll.is_anonymous ? [] : isOwn ? [...others, ME.user_id] : others;
    return { ...option, is_own: isOwn, count: option.count + (isOwn ? 1 : -1), user_ids };
  });
  const had = poll.options.some((option) => option.is_own);
  return { ...poll, options, voter_count: poll.voter_count + (chosen.length > 0 ? 1 : 0) - (had ? 1 : 0) };
}

const REPLIES: readonly [who: string, minutes: number, text: string][] = [
  ["u0000000000000002", 50, "I have one with a serrated edge"],
  ["u0000000000000001", 48, "That one is *for bread only*, remember?"],
  ["u0000000000000003", 12, "سأحضر واحدة أخرى احتياطًا"],
];

export const THREAD_REPLIES = (chatId: string, rootSeq: number): TimelineMessage[] =>
  REPLIES.map(([sender_id, minutes, text], i) => ({
    key: `${chatId}.${9_000 + i}`,
    seq: 9_000 + i,
    message_id: `${chatId}.${9_000 + i}`,
    sender_id,
    sender_name: personOf(sender_id).display_name,
    is_own: sender_id === ME.user_id,
    kind: "text",
    text,
    thread_root_seq: rootSeq,
    created_at: Date.now() - minutes * MINUTE,
    ...(sender_id === ME.user_id ? { state: "read" as const } : {}),
  }));
