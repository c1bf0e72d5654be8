import { Fault } from "../../domain/fault.ts";
import type { Handlers } from "../handler.ts";

const notYet = async (): Promise<never> => {
  throw new Fault("unavailable");
};

export const ENTRY: Handlers<
  | "directory"
  | "joinChat"
  | "inviteLink"
  | "listInvites"
  | "createInvite"
  | "revokeInvite"
  | "readInvite"
  | "acceptInvite"
  | "listJoinRequests"
  | "answerJoinRequest"
  | "listBans"
  | "ban"
  | "unban"
> = {
  directory: notYet,
  joinChat: notYet,
  inviteLink: notYet,
  listInvites: notYet,
  createInvite: notYet,
  revokeInvite: notYet,
  readInvite: notYet,
  acceptInvite: notYet,
  listJoinRequests: notYet,
  answerJoinRequest: notYet,
  listBans: notYet,
  ban: notYet,
  unban: notYet,
};
