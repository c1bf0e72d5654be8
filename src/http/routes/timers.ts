import { Fault } from "../../domain/fault.ts";
import type { Handlers } from "../handler.ts";

const notYet = async (): Promise<never> => {
  throw new Fault("unavailable");
};

export const TIMERS: Handlers<
  "listScheduled" | "scheduleMessage" | "changeScheduled" | "cancelScheduled" | "listReminders" | "setReminder"
> = {
  listScheduled: notYet,
  scheduleMessage: notYet,
  changeScheduled: notYet,
  cancelScheduled: notYet,
  listReminders: notYet,
  setReminder: notYet,
};
