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

class OwnPresenceStore implements Readable<OwnPresence | undefined> {
  readonly #client: ParleyClient;
  readonly #listeners = new Set<() => void>();
  #value: OwnPresence | undefined;
  #asked = 0;
  #told = 0;
  #wasHere = false;
  #forget: (() => void) | undefined;

  constructor(client: ParleyClient) {
    this.#client = client;
    client.session.subscribe(() => {
      this.#follow();
      this.#connected();
    });
    client.connection.subscribe(() => this.#connected());
    this.#follow();
    this.#connected();
  }

  /** What changed while this device was not there was told to others: asked for whenever it comes back. */
  #connected(): void {
    const { connection, session } = this.#client;
    const isHere = connection.get().status === "online" && session.get().status === "signed_in";
    if (isHere && !this.#wasHere) this.#refresh();
    this.#wasHere = isHere;
  }

  /** What is said on another device, or ends by its time, is told to all of them. */
  #follow(): void {
    this.#forget?.();
    this.#forget = undefined;
    if (this.#client.session.get().status !== "signed_in") {
      // What was asked for who was here before is not for who comes next.
      this.#asked += 1;
      this.#set(undefined);
      return;
    }
    const own = this.#client.ownPresence();
    const take = (): void => {
      const presence = own.get();
      if (presence?.state === undefined) return;
      this.#told += 1;
      const { status, state, custom_status } = presence;
      this.#set({ status, state, custom_status });
    };
    this.#forget = own.subscribe(take);
    take();
  }

  get = (): OwnPresence | undefined => this.#value;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** What is told while this is asked is the newer. */
  #refresh(): void {
    const [ask, told] = [++this.#asked, this.#told];
    // Where nothing answers, nothing is shown.
    this.#client.server.ask("ownPresence").then(
      (found) => {
        if (ask === this.#asked && told === this.#told) this.#set(found);
      },
      () => undefined,
    );
  }

  /** @throws Fault */
  async say(body: StatusWish): Promise<void> {
    await this.#client.server.ask("setStatus", { body });
    this.#refresh();
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
  return { presence, say: (body) => store.say(body) };
}
