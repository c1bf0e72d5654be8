import { describe, expect, it } from "vitest";
import { allows, can, canAssign, outranks, RIGHTS, type Right } from "../../src/domain/rights.ts";
import { ROLES, type Role } from "../../src/protocol/role.ts";

describe("rights", () => {
  it("RGT1 grow with the role: who is above may what is allowed below", () => {
    for (const [type, table] of Object.entries(RIGHTS)) {
      for (const [right, roles] of Object.entries(table)) {
        const allowed = ROLES.map((role) => (roles as readonly Role[]).includes(role));
        // Once a role is allowed, so are all above it: false … never follows true from the weak end upward.
        expect(allowed.toReversed().join(), `${type} ${right}`).toMatch(/^(false,?)*(true,?)*$/);
      }
    }
  });

  it("RGT2 two people in a direct chat are equals", () => {
    for (const role of ROLES) {
      for (const right of [
        "delete_others",
        "add_members",
        "remove_members",
        "set_roles",
        "end_chat",
        "leave",
      ] as const) {
        expect(can("direct", role, right)).toBe(false);
      }
      expect(can("direct", role, "write")).toBe(true);
    }
  });

  it("RGT3 nobody has power over an equal or a better", () => {
    for (const a of ROLES) for (const b of ROLES) expect(outranks(a, b)).toBe(ROLES.indexOf(a) < ROLES.indexOf(b));
  });

  it("RGT4 the owner alone makes admins and hands over; an admin makes moderators", () => {
    expect(canAssign("group", "owner", "member", "admin")).toBe(true);
    expect(canAssign("group", "owner", "admin", "owner")).toBe(true);
    expect(canAssign("group", "admin", "member", "moderator")).toBe(true);
    expect(canAssign("group", "admin", "member", "admin")).toBe(false);
    expect(canAssign("group", "admin", "admin", "member")).toBe(false);
    expect(canAssign("group", "admin", "member", "owner")).toBe(false);
    expect(canAssign("group", "moderator", "member", "moderator")).toBe(false);
    expect(canAssign("direct", "owner", "member", "admin")).toBe(false);
  });

  it("RGT5 staff restrict whom they outrank, and nothing else", () => {
    for (const to of ["guest", "restricted"] as const) {
      expect(canAssign("group", "moderator", "member", to)).toBe(true);
      expect(canAssign("group", "moderator", to, "member")).toBe(true);
      expect(canAssign("group", "moderator", "moderator", to)).toBe(false);
      expect(canAssign("group", "moderator", "admin", to)).toBe(false);
      expect(canAssign("group", "member", "guest", to)).toBe(false);
      expect(canAssign("group", "admin", "moderator", to)).toBe(true);
    }
  });
});

describe("permissions of a chat", () => {
  const SETTABLE = ["write", "add_members", "pin", "mention_all", "change_info"] as const;
  const rules = (chat_type: "direct" | "group" | "channel" | "broadcast", permissions = {}) => ({
    chat_type,
    settings: { permissions },
  });

  it("PRM1 without any, the table stands", () => {
    for (const [type, table] of Object.entries(RIGHTS))
      for (const [right, roles] of Object.entries(table))
        for (const role of ROLES)
          expect(allows(rules(type as "group"), role, right as Right), `${type} ${role} ${right}`).toBe(
            (roles as readonly Role[]).includes(role),
          );
  });

  it("PRM1 an audience replaces the table: the owner always may, who is restricted never", () => {
    const LEAST = { everyone: "member", staff: "moderator", admins: "admin", owner: "owner" } as const;
    for (const type of ["group", "channel"] as const)
      for (const right of SETTABLE)
        for (const [audience, least] of Object.entries(LEAST))
          for (const role of ROLES) {
            const isAbove = ROLES.indexOf(role) <= ROLES.indexOf(least);
            const isGuest = role === "guest" && audience === "everyone" && can(type, "guest", right);
            expect(allows(rules(type, { [right]: audience }), role, right), `${type} ${role} ${right}`).toBe(
              isAbove || isGuest,
            );
          }
  });

  it("PRM1 says nothing of other rights, nor in chats that are no group or channel", () => {
    const all = {
      write: "owner",
      add_members: "everyone",
      pin: "owner",
      mention_all: "everyone",
      change_info: "everyone",
    };
    for (const right of ["set_roles", "end_chat", "delete_others", "change_settings", "react", "leave"] as const)
      for (const role of ROLES) expect(allows(rules("group", all), role, right)).toBe(can("group", role, right));
    for (const type of ["direct", "broadcast"] as const)
      for (const right of SETTABLE)
        for (const role of ROLES) expect(allows(rules(type, all), role, right)).toBe(can(type, role, right));
  });
});
