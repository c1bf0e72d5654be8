import { describe, expect, it } from "vitest";
import {
  type DeviceUse,
  nextChange,
  type Said,
  STATUS_OF,
  stateOf,
  stateOfDevice,
} from "../../durable-objects/user/presence-state.ts";
import { AWAY_MS, IDLE_MS, OFFLINE_MS } from "../../src/protocol/limits.ts";
import type { PresenceState } from "../../src/protocol/user.ts";

const T = 1_800_000_000_000;
const nobody: Said = { status: null, until: null };
const device = (said: DeviceUse["said"] = "online", used_at = T): DeviceUse => ({ said, used_at });

describe("the state of a device, edge by edge (R-227 to R-229)", () => {
  const edges: [from: string, use: DeviceUse, after: number, to: PresenceState][] = [
    ["offline → active: it connects", device(), 0, "active"],
    ["active stays: used a moment ago", device(), IDLE_MS - 1, "active"],
    ["active → idle after 5 minutes", device(), IDLE_MS, "idle"],
    ["idle stays", device(), AWAY_MS - 1, "idle"],
    ["idle → away after 15 minutes", device(), AWAY_MS, "away"],
    ["away stays", device(), OFFLINE_MS - 1, "away"],
    ["away → offline after 30 minutes, while it is connected", device(), OFFLINE_MS, "offline"],
    ["active → away: the device knows better", device("away"), 0, "away"],
    ["away by word → offline by time", device("away"), OFFLINE_MS, "offline"],
    ["active → busy: by word", device("busy"), 0, "busy"],
    ["busy stays busy while idle", device("busy"), AWAY_MS, "busy"],
    ["busy → offline", device("busy"), OFFLINE_MS, "offline"],
    ["active → do not disturb: by word", device("do_not_disturb"), 0, "do_not_disturb"],
    ["do not disturb → offline", device("do_not_disturb"), OFFLINE_MS, "offline"],
    ["a clock that was set back is no age", device(), -60_000, "active"],
  ];
  it.each(edges)("PRS16 %s", (_, use, after, to) => {
    expect(stateOfDevice(use, T + after)).toBe(to);
  });

  it.each([IDLE_MS, AWAY_MS, OFFLINE_MS])("PRS16 activity makes it active again after %i ms", (after) => {
    expect(stateOfDevice(device("online", T + after), T + after)).toBe("active");
  });

  it("PRS17 no old alarm can undo activity: whenever it is looked, the last use alone counts", () => {
    // Used at 0, 4 and 14 minutes; what timers set at 0 and at 4 would say never appears.
    const minute = 60_000;
    const uses = [0, 4, 14];
    for (let at = 0; at <= 50; at++) {
      const last = Math.max(...uses.filter((use) => use <= at));
      const age = at - last;
      const expected = age >= 30 ? "offline" : age >= 15 ? "away" : age >= 5 ? "idle" : "active";
      expect([at, stateOfDevice(device("online", T + last * minute), T + at * minute)]).toEqual([at, expected]);
    }
  });
});

describe("the state of a person", () => {
  const cases: [string, DeviceUse[], Said, PresenceState][] = [
    ["nobody there", [], nobody, "offline"],
    ["nobody there, whatever was said", [], { status: "busy", until: null }, "offline"],
    ["the device in use counts", [device("online", T - AWAY_MS), device()], nobody, "active"],
    ["one that is away does not hide one in use", [device("away"), device()], nobody, "active"],
    ["one that is busy counts more", [device("busy"), device()], nobody, "busy"],
    ["do not disturb counts more than busy", [device("busy"), device("do_not_disturb")], nobody, "do_not_disturb"],
    ["a busy one that was left does not", [device("busy", T - OFFLINE_MS), device()], nobody, "active"],
    ["the person's word over devices", [device()], { status: "busy", until: null }, "busy"],
    ["… do not disturb over busy", [device("busy")], { status: "do_not_disturb", until: null }, "do_not_disturb"],
    ["… away over active and idle", [device()], { status: "away", until: null }, "away"],
    ["… until its time", [device()], { status: "busy", until: T + 1 }, "busy"],
    ["… and no longer", [device()], { status: "busy", until: T }, "active"],
    [
      "… away does not bring back who is offline",
      [device("online", T - OFFLINE_MS)],
      { status: "away", until: null },
      "offline",
    ],
  ];
  it.each(cases)("PRS18 %s", (_, devices, said, state) => {
    expect(stateOf(devices, said, T)).toBe(state);
  });

  it("PRS16 it is looked at again exactly when it may change", () => {
    expect(nextChange([], nobody, T)).toBeUndefined();
    expect(nextChange([device()], nobody, T)).toBe(T + IDLE_MS);
    expect(nextChange([device()], nobody, T + IDLE_MS)).toBe(T + AWAY_MS);
    expect(nextChange([device()], nobody, T + AWAY_MS)).toBe(T + OFFLINE_MS);
    expect(nextChange([device()], nobody, T + OFFLINE_MS)).toBeUndefined();
    expect(nextChange([device()], { status: "busy", until: T + 5 }, T)).toBe(T + 5);
    expect(nextChange([device("online", T - AWAY_MS), device()], nobody, T)).toBe(T + IDLE_MS);
  });

  it("PRS1 others see four of the seven states", () => {
    expect(STATUS_OF).toEqual({
      ...{ active: "online", idle: "away", away: "away", busy: "busy" },
      ...{ in_call: "busy", do_not_disturb: "busy", offline: "offline" },
    });
  });
});
