import type { Audience, ChatSettings, ChatType, Permissions } from "../protocol/chat.ts";
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
  /** Keep people out, and let them in again. */
  | "ban_members"
  /** Let in who asked. */
  | "admit_members"
  /** Let somebody only read, or take part again. */
  | "restrict_members"
  | "set_roles"
  /** Name and description. */
  | "change_info"
  /** Everything else that is set for all: in a direct chat both may, as far as it has settings. */
  | "change_settings"
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
    ban_members: nobody,
    admit_members: nobody,
    restrict_members: nobody,
    set_roles: nobody,
    change_info: nobody,
    change_settings: everyone,
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
    ban_members: staff,
    admit_members: staff,
    restrict_members: staff,
    set_roles: admins,
    change_info: admins,
    change_settings: admins,
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
    ban_members: staff,
    admit_members: staff,
    restrict_members: staff,
    set_roles: admins,
    change_info: admins,
    change_settings: admins,
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
    ban_members: nobody,
    admit_members: nobody,
    restrict_members: nobody,
    set_roles: nobody,
    change_info: owner,
    change_settings: owner,
    end_chat: owner,
    leave: nobody,
  },
};

/** By the table alone; what a chat has set otherwise is in {@link allows}. */
export const can = (type: ChatType, role: Role, right: Right): boolean => RIGHTS[type][right].includes(role);

/** What rights depend on. */
export interface ChatRules {
  chat_type: ChatType;
  settings: Pick<ChatSettings, "permissions">;
}

/** Whom an audience means: always the owner, never who is restricted. */
const AUDIENCES: Record<Audience, readonly Role[]> = {
  everyone: ["owner", "admin", "moderator", "member"],
  staff,
  admins,
  owner,
};

const isPermission = (right: Right): right is Right & keyof Permissions =>
  right === "write" || right === "add_members" || right === "pin" || right === "mention_all" || right === "change_info";

/**
 * May somebody of this role do it in this chat: the table of its type, and what a group or channel has set otherwise
 * (`settings.permissions`). `everyone` includes guests where the table does.
 */
export function allows({ chat_type, settings }: ChatRules, role: Role, right: Right): boolean {
  const isByTable = can(chat_type, role, right);
  const isSettable = (chat_type === "group" || chat_type === "channel") && isPermission(right);
  const audience = isSettable ? settings.permissions[right] : undefined;
  if (audience === undefined) return isByTable;
  return AUDIENCES[audience].includes(role) || (audience === "everyone" && role === "guest" && isByTable);
}

/** 0 for the owner, growing as power falls. */
export const rank = (role: Role): number => ROLES.indexOf(role);

/** Power over a person: nobody removes or re-ranks an equal or a better. */
export const outranks = (actor: Role, target: Role): boolean => rank(actor) < rank(target);

/** Without power over others. */
export const isPlain = (role: Role): boolean => rank(role) >= rank("member");

/**
 * May `actor` turn `from` into `to`? They must outrank what the person is and what they become; only the owner makes
 * admins, and only the owner hands over ownership. Staff may restrict people and let them take part again.
 */
export function canAssign(type: ChatType, actor: Role, from: Role, to: Role): boolean {
  const right = isPlain(from) && isPlain(to) ? "restrict_members" : "set_roles";
  if (!can(type, actor, right) || !outranks(actor, from)) return false;
  return to === "owner" ? actor === "owner" : outranks(actor, to);
}
