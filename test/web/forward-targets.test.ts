import { describe, expect, test } from "vitest";
import type { Chat } from "../../src/protocol/chat.ts";
import type { Role } from "../../src/protocol/role.ts";
import { obstacleOf } from "../../web/app/conversation/forward-targets.ts";
import type { InboxLine } from "../../web/sync/client.ts";
import { CHAT, chat, entry } from "./sample-chat.ts";

type Kind = Chat["chat_type"];
const line = (chat_type: Kind, role: Role, patch: Partial<InboxLine> = {}): InboxLine => {
  const { draft: _, ...rest } = entry(CHAT, 1, { chat_type, role });
  return { ...rest, title: "Lantern", typing: [], ...patch };
};
const rules = (chat_type: Kind, settings: Partial<Chat["settings"]> = {}): Chat => {
  const made = chat(1, { chat_type });
  return { ...made, settings: { ...made.settings, ...settings } };
};

describe("UI57 forwarding goes where one may write", () => {
  test.each<[string, InboxLine, Chat | undefined, string | undefined]>([
    ["a direct chat", line("direct", "member"), undefined, undefined],
    ["a blocked person", line("direct", "member", { is_blocked: true }), undefined, "blocked"],
    ["a group", line("group", "member"), rules("group"), undefined],
    ["a group as a guest", line("group", "guest"), rules("group"), undefined],
    ["a group in which one only reads", line("group", "restricted"), undefined, "restricted"],
    ["a group in which few write", line("group", "member"), rules("group", { permissions: { write: "staff" } }), "few"],
    [
      "the same for its staff",
      line("group", "moderator"),
      rules("group", { permissions: { write: "staff" } }),
      undefined,
    ],
    ["a channel whose rules are not known", line("channel", "member"), undefined, "channel"],
    ["a channel", line("channel", "member"), rules("channel"), "channel"],
    [
      "a channel in which all write",
      line("channel", "member"),
      rules("channel", { permissions: { write: "everyone" } }),
      undefined,
    ],
    ["a list of one's own", line("broadcast", "owner"), undefined, undefined],
  ])("%s", (_, one, known, why) => {
    expect(obstacleOf(one, known, 1)).toEqual(why === undefined ? undefined : { why, is_closed: true });
  });

  test("where one message is let in at a time, several are not, but for the staff", () => {
    const slow = rules("group", { slow_mode_s: 30 });
    expect(obstacleOf(line("group", "member"), slow, 1)).toEqual({ why: "slow", is_closed: false });
    expect(obstacleOf(line("group", "member"), slow, 2)).toEqual({ why: "slow", is_closed: true });
    expect(obstacleOf(line("group", "moderator"), slow, 2)).toBeUndefined();
  });
});
