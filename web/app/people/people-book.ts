import { useEffect, useMemo } from "react";
import type { Person } from "../../../src/protocol/chat.ts";
import type { Contact, FriendRequest } from "../../../src/protocol/people-routes.ts";
import type { ParleyClient, Readable } from "../../sync/client.ts";
import { useParley, useReadable } from "../parley-context.tsx";

/** Whom a person knows: contacts under their own names, requests that wait, and who is blocked. */
export interface PeopleState {
  status: "loading" | "ready" | "failed";
  thrown?: unknown;
  contacts: readonly Contact[];
  requests: readonly FriendRequest[];
  blocked: readonly Person[];
  /** The names that the person gave, by user id. */
  names: ReadonlyMap<string, string>;
}

const EMPTY: PeopleState = { status: "loading", contacts: [], requests: [], blocked: [], names: new Map() };
/** Asked again at most this often when the page comes back into sight. */
const FRESH_MS = 30_000;
const SOON_MS = 300;
/** The first question waits this long for the line: what is told between an answer and the line's being there is lost. */
const LINE_MS = 3_000;
const PAGE = 100;
/** Contacts beyond this many are found by searching. */
const MOST_PAGES = 20;

const namesOf = (contacts: readonly Contact[]): ReadonlyMap<string, string> =>
  new Map(
    contacts.flatMap((one) =>
      one.contact_name === undefined || one.contact_name === "" ? [] : [[one.person.user_id, one.contact_name]],
    ),
  );

/** Keeps what the server said about people for all screens, and changes it when the server has confirmed a change. */
export class PeopleBook implements Readable<PeopleState> {
  readonly #client: ParleyClient;
  readonly #listeners = new Set<() => void>();
  #state = EMPTY;
  #owner: string | undefined;
  #askedAt = 0;
  #soon: ReturnType<typeof setTimeout> | undefined;
  #awaitsLine: ReturnType<typeof setTimeout> | undefined;

  constructor(client: ParleyClient) {
    this.#client = client;
    client.session.subscribe(() => this.#checkOwner());
    this.#checkOwner();
    client.onPeopleChanged((reason) => {
      // Who sees what of oneself is no part of it.
      if (reason !== "privacy") this.#changed();
    });
    // Nobody is told again what they missed without a connection.
    let wasOnline = this.#isOnline;
    client.connection.subscribe(() => {
      if (this.#isOnline && !wasOnline) {
        this.#askedAt = 0;
        if (this.#listeners.size > 0) this.refresh({ is_forced: true });
      }
      wasOnline = this.#isOnline;
    });
    // What could not be asked without a network is asked when there is one.
    addEventListener("online", () => {
      if (this.#state.status === "failed") this.refresh({ is_forced: true });
    });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible" && this.#listeners.size > 0) this.refresh();
    });
  }

  get = (): PeopleState => this.#state;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  get #isOnline(): boolean {
    return this.#client.connection.get().status === "online";
  }

  /** Asks the server unless it was asked a moment ago. */
  refresh(options: { is_forced?: boolean } = {}): void {
    if (this.#owner === undefined) return;
    if (options.is_forced !== true) {
      if (Date.now() - this.#askedAt < FRESH_MS) return;
      if (!this.#isOnline && this.#state.status === "loading") {
        this.#awaitsLine ??= setTimeout(() => this.refresh({ is_forced: true }), LINE_MS);
        return;
      }
    }
    clearTimeout(this.#awaitsLine);
    this.#awaitsLine = undefined;
    this.#askedAt = Date.now();
    const owner = this.#owner;
    Promise.all([
      this.#contacts(),
      this.#client.server.ask("listFriendRequests"),
      this.#client.server.ask("listBlocked"),
    ]).then(
      ([contacts, { requests }, { people }]) => {
        if (owner !== this.#owner) return;
        this.#set({ status: "ready", contacts, requests, blocked: people, names: namesOf(contacts) });
      },
      (thrown: unknown) => {
        if (owner === this.#owner && this.#state.status !== "ready") this.#set({ ...EMPTY, status: "failed", thrown });
      },
    );
  }

  /** Several changes within a moment are asked for once; what nobody looks at is asked for when somebody does. */
  #changed(): void {
    this.#askedAt = 0;
    if (this.#listeners.size === 0 || document.visibilityState !== "visible") return;
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      this.refresh({ is_forced: true });
    }, SOON_MS);
  }

  /** @throws Fault */
  async keep(userId: string, name: string | null): Promise<void> {
    const contact = await this.#client.server.ask("putContact", { body: { user_id: userId, contact_name: name } });
    const others = this.#state.contacts.filter((one) => one.person.user_id !== userId);
    const labelOf = (one: Contact): string => one.contact_name ?? one.person.display_name;
    this.#setContacts([...others, contact].sort((a, b) => labelOf(a).localeCompare(labelOf(b))));
  }

  /** @throws Fault */
  async drop(userId: string): Promise<void> {
    await this.#client.server.ask("removeContact", { params: { userId } });
    this.#setContacts(this.#state.contacts.filter((one) => one.person.user_id !== userId));
  }

  /** Asks a person to be contacts of each other; true if they had asked first, so that both are now. @throws Fault */
  async request(person: Person, message: string): Promise<boolean> {
    const { status } = await this.#client.server.ask("requestFriend", { body: { user_id: person.user_id, message } });
    if (status === "requested") {
      const request = {
        person,
        direction: "outgoing" as const,
        message,
        requested_at: new Date().toISOString(),
      };
      this.#set({ ...this.#state, requests: [...this.#without(person.user_id), request] });
    } else this.refresh({ is_forced: true });
    return status === "accepted";
  }

  /** @throws Fault */
  async answer(userId: string, isAccepted: boolean): Promise<void> {
    await this.#client.server.ask("answerFriend", { params: { userId }, body: { is_accepted: isAccepted } });
    this.#set({ ...this.#state, requests: this.#without(userId) });
    if (isAccepted) this.refresh({ is_forced: true });
  }

  /** @throws Fault */
  async withdraw(userId: string): Promise<void> {
    await this.#client.server.ask("withdrawFriend", { params: { userId } });
    this.#set({ ...this.#state, requests: this.#without(userId) });
  }

  /** @throws Fault */
  async setBlocked(person: Person, isBlocked: boolean): Promise<void> {
    await this.#client.server.ask("block", { body: { user_id: person.user_id, blocked: isBlocked } });
    const others = this.#state.blocked.filter((one) => one.user_id !== person.user_id);
    this.#set({ ...this.#state, blocked: isBlocked ? [...others, person] : others });
  }

  #without(userId: string): readonly FriendRequest[] {
    return this.#state.requests.filter((one) => one.person.user_id !== userId);
  }

  async #contacts(): Promise<readonly Contact[]> {
    const all: Contact[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const found = await this.#client.server.ask("listContacts", {
        query: { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) },
      });
      all.push(...found.contacts);
      cursor = found.next_cursor;
      if (cursor === undefined) break;
    }
    return all;
  }

  #setContacts(contacts: readonly Contact[]): void {
    this.#set({ ...this.#state, contacts, names: namesOf(contacts) });
  }

  #set(state: PeopleState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }

  /** Another person on this device knows other people. */
  #checkOwner(): void {
    const session = this.#client.session.get();
    const owner = session.status === "signed_in" ? session.me.user_id : undefined;
    if (owner === this.#owner) return;
    this.#owner = owner;
    this.#askedAt = 0;
    this.#set(EMPTY);
    if (this.#listeners.size > 0) this.refresh();
  }
}

const books = new WeakMap<ParleyClient, PeopleBook>();

/** The one book of this client. */
export function bookOf(client: ParleyClient): PeopleBook {
  const known = books.get(client);
  if (known !== undefined) return known;
  const book = new PeopleBook(client);
  books.set(client, book);
  return book;
}

/** The book, asked for when the first screen needs it. */
export function usePeople(): PeopleState & { book: PeopleBook } {
  const client = useParley();
  const book = bookOf(client);
  const state = useReadable(book);
  useEffect(() => book.refresh(), [book]);
  return useMemo(() => ({ ...state, book }), [state, book]);
}

/** What to call somebody: the name that the reader gave them, else their own. */
export function useNameOf(): (userId: string, name: string) => string {
  const { names } = usePeople();
  return useMemo(() => (userId, name) => names.get(userId) ?? name, [names]);
}
