import { describe, expect, test } from "vitest";
import type { Role } from "../../src/protocol/role.ts";
import { suggestPeople, tokenAt } from "../../web/app/conversation/completion.ts";
import { markOf, toggleMark } from "../../web/app/conversation/format-keys.ts";
import { mentionsIn } from "../../web/app/conversation/mentions.ts";
import { parsePlace } from "../../web/app/conversation/place-text.ts";
import { slowModeLeft } from "../../web/app/conversation/slow-mode.ts";
import type { ChatScreen } from "../../web/sync/client.ts";

const person = (user_id: string, display_name: string, username: string) => ({ user_id, display_name, username });
const people = [person("u1", "Ann Reed", "ann"), person("u2", "Ann", "ann.b"), person("u3", "أنس", "anas")];

describe("UI61 whom a text names", () => {
  const find = (text: string, can_name_all = false, picked: { name: string; user_id: string }[] = []) =>
    mentionsIn(text, { people, picked, can_name_all }).map((one) => [
      text.slice(one.offset, one.offset + one.length),
      one.user_id ?? one.everyone,
    ]);

  test("the longest name that fits, and usernames without regard to case", () => {
    expect(find("Hi @Ann Reed, @Ann and @ANAS")).toEqual([
      ["@Ann Reed", "u1"],
      ["@Ann", "u2"],
      ["@ANAS", "u3"],
    ]);
    expect(find("@أنس؟")).toEqual([["@أنس", "u3"]]);
  });

  test("no address of mail, no part of a longer word, nobody unknown", () => {
    expect(find("ann@Ann.org @Annabel @nobody @")).toEqual([]);
  });

  test("everybody only where that is a right", () => {
    expect(find("@channel @here")).toEqual([]);
    expect(find("@channel, @here", true)).toEqual([
      ["@channel", "channel"],
      ["@here", "here"],
    ]);
  });

  test("of two people of one name the one that was chosen", () => {
    expect(find("@Ann", false, [{ name: "Ann", user_id: "u9" }])).toEqual([["@Ann", "u9"]]);
  });

  test("at most as many as a message may hold", () => {
    expect(find("@Ann ".repeat(80))).toHaveLength(50);
  });
});

describe("UI61 what is being typed", () => {
  test.each([
    ["Hi @an", 6, { kind: "name", start: 3, query: "an" }],
    ["@", 1, { kind: "name", start: 0, query: "" }],
    ["@Ann Re", 7, { kind: "name", start: 0, query: "Ann Re" }],
    ["a@b", 3, undefined],
    ["so :sm", 6, { kind: "emoji", start: 3, query: "sm" }],
    [":s", 2, undefined],
    ["12:30", 5, undefined],
    ["http://a", 8, undefined],
  ] as const)("%s", (text, caret, wanted) => {
    expect(tokenAt(text, caret)).toEqual(wanted);
  });

  test("people by the beginning of a name, of a word of it, or of a username", () => {
    expect(suggestPeople(people, "re").map((one) => one.user_id)).toEqual(["u1"]);
    expect(suggestPeople(people, "an").map((one) => one.user_id)).toEqual(["u2", "u1", "u3"]);
    expect(suggestPeople(people, "zz")).toEqual([]);
  });
  test("people by the name that the reader gave them, shown with their own, which is what is written", () => {
    const names = new Map([["u1", "Zoë next door"]]);
    const known = suggestPeople(people, "", names).find((one) => one.user_id !== "u1");
    expect(known?.label).toBe(people.find((one) => one.user_id === known?.user_id)?.display_name);
    const called = people.find((one) => one.user_id === "u1");
    const wanted = {
      id: "u1",
      user_id: "u1",
      label: "Zoë next door",
      detail: `${called?.display_name} · @${called?.username}`,
      text: `@${called?.display_name} `,
    };
    for (const query of ["zo", "next", "re"]) expect(suggestPeople(people, query, names)).toEqual([wanted]);
  });
});

describe("UI60 marks by keys", () => {
  test("around what is selected, without the blanks at its edges, and away again", () => {
    expect(toggleMark("say it now", 4, 6, "*")).toEqual({ text: "say *it* now", start: 5, end: 7 });
    expect(toggleMark("say *it* now", 5, 7, "*")).toEqual({ text: "say it now", start: 4, end: 6 });
    expect(toggleMark("say *it* now", 4, 8, "*")).toEqual({ text: "say it now", start: 4, end: 6 });
    expect(toggleMark("say it now", 3, 7, "_")).toEqual({ text: "say _it_ now", start: 5, end: 7 });
  });
  test("with nothing selected the caret goes between", () => {
    expect(toggleMark("ab", 1, 1, "`")).toEqual({ text: "a``b", start: 2, end: 2 });
  });
  test("which key", () => {
    expect([markOf("b", false), markOf("I", false), markOf("x", true), markOf("x", false)]).toEqual([
      "*",
      "_",
      "~",
      undefined,
    ]);
  });
});

describe("UI64 a place as people paste it", () => {
  test.each([
    ["54.3233, 10.1394", 54.3233, 10.1394],
    ["-33.8568 151.2153", -33.8568, 151.2153],
    ["33,8568° S; 18,5° E", -33.8568, 18.5],
    ["54.3° N, 10.1° W", 54.3, -10.1],
    ["https://www.openstreetmap.org/?mlat=54.3233&mlon=10.1394#map=16/54.3/10.1", 54.3233, 10.1394],
    ["https://maps.example.org/@54.3233,10.1394,15z", 54.3233, 10.1394],
  ])("%s", (text, latitude, longitude) => {
    expect(parsePlace(text)).toEqual({ latitude, longitude });
  });
  test.each(["", "here", "91, 10", "10, 181", "1"])("%s is none", (text) => {
    expect(parsePlace(text)).toBeUndefined();
  });
});

describe("UI71 slow mode", () => {
  const screen = (role: Role, slow_mode_s: number, messages: object[]): ChatScreen =>
    ({ chat: { settings: { slow_mode_s } }, me: { role }, messages }) as unknown as ChatScreen;
  const own = { is_own: true, kind: "text", created_at: 10_000, state: "sent" };

  test("counts from the last own message that was not given up", () => {
    expect(slowModeLeft(screen("member", 30, [own]), 15_000)).toBe(25_000);
    expect(slowModeLeft(screen("member", 30, [own]), 45_000)).toBe(0);
    expect(slowModeLeft(screen("member", 30, [{ ...own, state: "failed" }]), 15_000)).toBe(0);
    expect(slowModeLeft(screen("member", 30, [{ ...own, is_own: false }]), 15_000)).toBe(0);
    expect(slowModeLeft(screen("member", 0, [own]), 15_000)).toBe(0);
  });
  test("does not hold back who keeps the place in order", () => {
    expect(slowModeLeft(screen("moderator", 30, [own]), 15_000)).toBe(0);
    expect(slowModeLeft(screen("guest", 30, [own]), 15_000)).toBe(25_000);
  });
});
