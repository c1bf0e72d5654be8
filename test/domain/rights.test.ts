import { describe, expect, it } from "vitest";
import { can, canAssign, outranks, RIGHTS } from "../../src/domain/rights.ts";
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
});
