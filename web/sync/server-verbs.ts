import type { ENTRY_ROUTES } from "../../src/protocol/entry-routes.ts";
import type { PEOPLE_ROUTES } from "../../src/protocol/people-routes.ts";
import type { DataOf } from "../../src/protocol/rest.ts";
import type { SEARCH_ROUTES } from "../../src/protocol/search-routes.ts";
import type { Ask } from "../api/ask.ts";

/** Operations that screens may ask for directly: nothing of them is kept on the device or painted before the answer. */
export type ServerOperation =
  | keyof typeof ENTRY_ROUTES
  | keyof typeof PEOPLE_ROUTES
  | keyof typeof SEARCH_ROUTES
  | "setStatus"
  | "profile"
  | "delivery"
  | "getMessage"
  | "order";

/** Questions to the server, typed by the table of routes. They reject with a Fault, `unavailable` when offline. */
export interface ServerVerbs {
  ask<O extends ServerOperation>(operation: O, ask?: Ask<O>): Promise<DataOf<O>>;
}
