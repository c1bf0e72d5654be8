import { createContext, useContext } from "react";
import type { ViewCounter } from "./views.ts";

/** What rows ask of the conversation. One object for as long as the conversation is open, so that no row renders for it. */
export interface RowVerbs {
  openMenu: (key: string, button: HTMLElement) => void;
  openReactions: (key: string, button: HTMLElement) => void;
  reply: (key: string) => void;
  retry: (clientMsgId: string) => void;
  /** Sets what the person chooses in a poll. */
  vote: (key: string, optionIds: readonly number[]) => void;
  showVotes: (key: string) => void;
  openThread: (key: string) => void;
  /** Opens the direct chat with somebody. */
  writeTo: (userId: string) => void;
  /** Counts views, in a channel. */
  views: ViewCounter | undefined;
  my_id: string;
  setReaction: (key: string, emoji: string, isSet: boolean) => void;
  showHistory: (key: string) => void;
  /** Brings a message into sight. */
  jump: (seq: number) => void;
  nameOf: (userId: string) => string;
  /** The id of who has this name, for their hue; the name itself where nobody here has it. */
  idOf: (name: string) => string;
}

export const RowVerbsContext = createContext<RowVerbs | undefined>(undefined);

export function useRowVerbs(): RowVerbs {
  const verbs = useContext(RowVerbsContext);
  if (verbs === undefined) throw new Error("rows stand in a timeline");
  return verbs;
}
