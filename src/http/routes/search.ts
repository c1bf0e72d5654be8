import { Fault } from "../../domain/fault.ts";
import type { Handlers } from "../handler.ts";

const notYet = async (): Promise<never> => {
  throw new Fault("unavailable");
};

export const SEARCH: Handlers<"searchChat" | "search"> = {
  searchChat: notYet,
  search: notYet,
};
