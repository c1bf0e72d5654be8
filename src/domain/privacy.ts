import type { Circle, Privacy } from "../protocol/user.ts";

/** What a person lets be known unless they say otherwise. */
export const USUAL_PRIVACY: Privacy = {
  last_seen: "everybody",
  online: "everybody",
  has_read_receipts: true,
  has_typing: true,
  findable: "everybody",
  addable: "everybody",
  reachable: "everybody",
};

/** Does a circle take in somebody who is, or is not, among its owner's contacts? */
export const takesIn = (circle: Circle, isContact: boolean): boolean =>
  circle === "everybody" || (circle === "contacts" && isContact);
