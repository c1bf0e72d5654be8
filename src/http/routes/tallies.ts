import { Fault } from "../../domain/fault.ts";
import type { Handlers } from "../handler.ts";

const notYet = async (): Promise<never> => {
  throw new Fault("unavailable");
};

export const TALLIES: Handlers<"countViews" | "listViews" | "listStickers"> = {
  countViews: notYet,
  listViews: notYet,
  listStickers: notYet,
};
