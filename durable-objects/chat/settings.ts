import { Fault } from "../../src/domain/fault.ts";
import type { Chat, ChatSettings, ChatType, Permissions } from "../../src/protocol/chat.ts";
import type { NoticeContent } from "../../src/protocol/content.ts";
import type { Effect } from "./commits.ts";
import type { Room } from "./room.ts";
import type { ChatRow } from "./rows.ts";
import { step } from "./steps.ts";
import { toChat } from "./wire.ts";

/** What is set in a chat that no more people can come into than were named. */
const FEW: readonly (keyof ChatSettings)[] = ["disappear_after_s", "has_link_previews"];

/** What can be set, by type; undefined: everything. */
const SETTABLE: Record<ChatType, readonly (keyof ChatSettings)[] | undefined> = {
  direct: FEW,
  group: undefined,
  channel: undefined,
  broadcast: FEW,
};

/** In one order and without what is not set, so that the same permissions are the same text. */
function inOrder({ write, add_members, pin, mention_all, change_info }: Permissions): Permissions {
  return {
    ...(write === undefined ? {} : { write }),
    ...(add_members === undefined ? {} : { add_members }),
    ...(pin === undefined ? {} : { pin }),
    ...(mention_all === undefined ? {} : { mention_all }),
    ...(change_info === undefined ? {} : { change_info }),
  };
}

/**
 * Settings with those of `patch` that are given (SPEC PRM2).
 * @throws Fault `invalid` for one that chats of this type do not have
 */
export function withSettings(type: ChatType, before: ChatSettings, patch: Partial<ChatSettings>): ChatSettings {
  const merged = { ...before, ...patch };
  const after = { ...merged, permissions: inOrder(merged.permissions) };
  const refused = changedKeys(before, after).filter((key) => SETTABLE[type]?.includes(key) === false);
  if (refused.length > 0)
    throw new Fault("invalid", {
      message: "Chats of this type have no such setting.",
      details: refused.map((key) => ({ path: `settings.${key}`, message: `not in a ${type} chat` })),
    });
  return after;
}

const changedKeys = (before: ChatSettings, after: ChatSettings): (keyof ChatSettings)[] =>
  (Object.keys(after) as (keyof ChatSettings)[]).filter(
    (key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]),
  );

/** What members should know of a change: one notice for each thing. */
function noticesOf(by: string, before: ChatRow, after: ChatRow): NoticeContent[] {
  const changed = new Set(changedKeys(before.settings, after.settings));
  const { disappear_after_s, slow_mode_s, is_public } = after.settings;
  const notices: NoticeContent[] = [];
  const say = (event: NoticeContent["event"], more: Partial<NoticeContent> = {}) =>
    notices.push({ event, actor_id: by, ...more });
  if (after.name !== before.name) say("chat_renamed", { name: after.name });
  if (after.description !== before.description) say("chat_described");
  if (changed.has("disappear_after_s")) say("disappearing_changed", { seconds: disappear_after_s });
  if (changed.has("slow_mode_s")) say("slow_mode_changed", { seconds: slow_mode_s === 0 ? null : slow_mode_s });
  if (changed.has("permissions")) say("permissions_changed");
  if (changed.has("is_public")) say("visibility_changed", { is_public });
  return notices;
}

/**
 * Changes name, description or settings (SPEC MEM6, PRM). One step of the clock, with a notice for each thing that members
 * should know; a patch that changes nothing is none.
 */
export function updateChat(
  room: Room,
  by: string,
  patch: { name?: string; description?: string; settings?: Partial<ChatSettings> },
  now: number,
): Effect<Chat> {
  room.requireMember(by);
  if (patch.name !== undefined || patch.description !== undefined) room.requireRight(by, "change_info");
  if (patch.settings !== undefined) room.requireRight(by, "change_settings");
  const name = patch.name ?? room.chat.name;
  const description = patch.description ?? room.chat.description;
  const settings = withSettings(room.chat.chat_type, room.chat.settings, patch.settings ?? {});
  const changed = changedKeys(room.chat.settings, settings);
  const isRenamed = name !== room.chat.name;
  if (!isRenamed && description === room.chat.description && changed.length === 0) return { value: toChat(room.chat) };

  const rev = room.rev + 1;
  const chat: ChatRow = { ...room.chat, name, description, settings, rev };
  const isListed = settings.is_public || room.chat.settings.is_public;
  return step(
    room,
    "CHAT_CHANGED",
    {
      chat,
      notices: noticesOf(by, room.chat, chat),
      // What others find it by lies in D1.
      ...(isRenamed || isListed ? { projected: [by] } : {}),
    },
    now,
    toChat(chat),
  );
}
