import { Fault } from "../../domain/fault.ts";
import type { Handlers } from "../handler.ts";

const notYet = async (): Promise<never> => {
  throw new Fault("unavailable");
};

export const THREADS: Handlers<"thread" | "setThread" | "listThreads" | "vote" | "listVotes" | "closePoll" | "order"> =
  {
    thread: notYet,
    setThread: notYet,
    listThreads: notYet,
    vote: notYet,
    listVotes: notYet,
    closePoll: notYet,
    order: notYet,
  };
