import type { ChatType } from "../protocol/chat.ts";
import { ROLES, type Role } from "../protocol/role.ts";

/** What a member may do to a chat. */
export type Right =
  | "read"
  | "write"
  /** Put an emoji on a message. */
  | "react"
  /** Pin a message for everybody. */
  | "pin"
  /** Mention everybody at once. */
  | "mention_all"
  | "delete_others"
  | "add_members"
  | "remove_members"
  | "set_roles"
  | "change_info"
  | "end_chat"
  | "leave";

const everyone = ROLES;
/** Who takes part: all but who is restricted to reading. */
const active: readonly Role[] = ["owner", "admin", "moderator", "member", "guest"];
const staff: readonly Role[] = ["owner", "admin", "moderator"];
const admins: readonly Role[] = ["owner", "admin"];
const owner: readonly Role[] = ["owner"];
const nobody: readonly Role[] = [];

/** Who has which right, by type of chat. A direct chat is two equals: nothing of it can be changed or taken away. */
export const RIGHTS: Record<ChatType, Record<Right, readonly Role[]>> = {
  direct: {
    read: everyone,
    write: everyone,
    react: everyone,
    pin: everyone,
    mention_all: nobody,
    delete_others: nobody,
    add_members: nobody,
    remove_members: nobody,
    set_roles: nobody,
    change_info: nobody,
    end_chat: nobody,
    leave: nobody,
  },
  group: {
    read: everyone,
    write: active,
    react: active,
    pin: staff,
    mention_all: staff,
    delete_others: staff,
    add_members: staff,
    remove_members: staff,
    set_roles: admins,
    change_info: admins,
    end_chat: owner,
    leave: everyone,
  },
  channel: {
    read: everyone,
    write: staff,
    react: active,
    pin: staff,
    mention_all: staff,
    delete_others: staff,
    add_members: staff,
    remove_members: staff,
    set_roles: admins,
    change_info: admins,
    end_chat: owner,
    leave: everyone,
  },
  broadcast: {
    read: owner,
    write: owner,
    react: owner,
    pin: owner,
    mention_all: owner,
    delete_others: owner,
    add_members: owner,
    remove_members: owner,
    set_roles: nobody,
    change_info: owner,
    end_chat: owner,
    leave: nobody,
  },
};

export const can = (type: ChatType, role: Role, right: Right): boolean => RIGHTS[type][right].includes(role);

/** 0 for the owner, growing as power falls. */
export const rank = (role: Role): number => ROLES.indexOf(role);

/** Power over a person: nobody removes or re-ranks an equal or a better. */
export const outranks = (actor: Role, target: Role): boolean => rank(actor) < rank(target);

/**
 * May `actor` turn `from` into `to`? They must outrank what the person is and what they become; only the owner makes
 * admins, and only the owner hands over ownership.
 */
export function canAssign(type: ChatType, actor: Role, from: Role, to: Role): boolean {
  if (!can(type, actor, "set_roles") || !outranks(actor, from)) return false;
  return to === "owner" ? actor === "owner" : outranks(actor, to);
}
