import { useEffect } from "react";
import type { BodyInputOf } from "../../../src/protocol/rest.ts";
import type { CustomStatus, PresenceState, PresenceStatus } from "../../../src/protocol/user.ts";
import type { ParleyClient, Readable } from "../../sync/client.ts";
import { useParley, useReadable } from "../parley-context.tsx";

/** How others see the person now. */
export interface OwnPresence {
  status: PresenceStatus;
  state: PresenceState;
  custom_status?: CustomStatus | undefined;
}

/** What a person may say of themselves. */
export type StatusWish = BodyInputOf<"setStatus">;

/** Asked again at most this often: away and offline come by themselves. */
const FRESH_MS = 60_000;

class OwnPresenceStore implements Readable<OwnPresence | undefined> {
  readonly #client: ParleyClient;
  readonly #listeners = new Set<() => void>();
  #value: OwnPresence | undefined;
  #askedAt = 0;

  constructor(client: ParleyClient) {
    this.#client = client;
    client.session.subscribe(() => {
      if (client.session.get().status !== "signed_in") this.#set(undefined);
    });
  }

  get = (): OwnPresence | undefined => this.#value;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  refresh(isForced = false): void {
    if (!isForced && Date.now() - this.#askedAt < FRESH_MS) return;
    this.#askedAt = Date.now();
    // Where nothing answers, nothing is shown.
    this.#client.server.ask("ownPresence").then(
      (found) => this.#set(found),
      () => undefined,
    );
  }

  /** @throws Fault */
  async say(body: StatusWish): Promise<void> {
    await this.#client.server.ask("setStatus", { body });
    this.refresh(true);
  }

  #set(value: OwnPresence | undefined): void {
    this.#value = value;
    for (const listener of this.#listeners) listener();
  }
}

const stores = new WeakMap<ParleyClient, OwnPresenceStore>();

export function useOwnPresence(): { presence: OwnPresence | undefined; say: (body: StatusWish) => Promise<void> } {
  const client = useParley();
  const known = stores.get(client);
  const store = known ?? new OwnPresenceStore(client);
  if (known === undefined) stores.set(client, store);
  const presence = useReadable(store);
  useEffect(() => store.refresh(), [store]);
  return { presence, say: (body) => store.say(body) };
}
