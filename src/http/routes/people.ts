import { Fault } from "../../domain/fault.ts";
import type { Handlers } from "../handler.ts";

const notYet = async (): Promise<never> => {
  throw new Fault("unavailable");
};

export const PEOPLE: Handlers<
  | "updateMe"
  | "ownPresence"
  | "privacy"
  | "setPrivacy"
  | "listContacts"
  | "putContact"
  | "removeContact"
  | "listFriendRequests"
  | "requestFriend"
  | "answerFriend"
  | "withdrawFriend"
  | "block"
  | "listBlocked"
  | "report"
  | "listReports"
  | "decideReport"
> = {
  updateMe: notYet,
  ownPresence: notYet,
  privacy: notYet,
  setPrivacy: notYet,
  listContacts: notYet,
  putContact: notYet,
  removeContact: notYet,
  listFriendRequests: notYet,
  requestFriend: notYet,
  answerFriend: notYet,
  withdrawFriend: notYet,
  block: notYet,
  listBlocked: notYet,
  report: notYet,
  listReports: notYet,
  decideReport: notYet,
};
