import type { NewsFrame } from "../../src/protocol/down.ts";

/** A news frame as it goes to every socket: serialised once. */
export const encodeNews = (frame: NewsFrame): string => JSON.stringify(frame);
