import type { Person } from "../../../src/protocol/chat.ts";
import type { Readable } from "../../sync/client.ts";

/** What a report is about; `name` is what the dialog calls it. */
export type ReportSubject =
  | { kind: "user"; user_id: string; name: string }
  | { kind: "message"; message_id: string; name: string }
  | { kind: "chat"; chat_id: string; name: string };

/** A dialog about people: one at a time, openable from anywhere. */
export type PeopleDialog =
  | { kind: "person"; person: Person; chat_id?: string }
  | { kind: "report"; subject: ReportSubject }
  | { kind: "block"; person: Person }
  | { kind: "status" }
  | ({ kind: "clear" } & Clearing);

/** A chat that is cleared up to a number, for the person alone; `is_unlisted`: deleted, that is, out of the list as well. */
export interface Clearing {
  chat_id: string;
  name: string;
  seq: number;
  is_unlisted: boolean;
}

let shown: PeopleDialog | undefined;
const listeners = new Set<() => void>();

export const peopleDialog: Readable<PeopleDialog | undefined> = {
  get: () => shown,
  subscribe: (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

export function openPeopleDialog(dialog: PeopleDialog | undefined): void {
  shown = dialog;
  for (const listener of listeners) listener();
}

/** Shows who somebody is. With a chat that both are in, also whether they are there. */
export const showPerson = (person: Person, chatId?: string): void =>
  openPeopleDialog({ kind: "person", person, ...(chatId === undefined ? {} : { chat_id: chatId }) });

/** Asks why somebody, a message or a chat is reported, and reports it. */
export const askReport = (subject: ReportSubject): void => openPeopleDialog({ kind: "report", subject });

/** Explains what blocking does, and blocks; unblocks at once, which needs no question. */
export const askBlock = (person: Person): void => openPeopleDialog({ kind: "block", person });

/** Asks before a chat is cleared or deleted for the person alone. */
export const askClearing = (clearing: Clearing): void => openPeopleDialog({ kind: "clear", ...clearing });

/** Lets the person say how they are. */
export const askStatus = (): void => openPeopleDialog({ kind: "status" });
