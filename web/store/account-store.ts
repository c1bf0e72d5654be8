import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import { newDeviceId } from "../../src/protocol/ids.ts";
import { Self } from "../../src/protocol/user.ts";

type AccountKey = "me" | "device_id" | "owes_logout";

interface AccountSchema extends DBSchema {
  account: { key: AccountKey; value: unknown };
}

/** Who is signed in on this device, so that the page knows before any network whose data to paint. Holds no secret. */
export class AccountStore {
  #db: Promise<IDBPDatabase<AccountSchema>> | undefined;

  /** Undefined where nobody is signed in, or where the browser allows no storage. */
  async load(): Promise<Self | undefined> {
    const stored = Self.safeParse(await this.#get("me"));
    return stored.success ? stored.data : undefined;
  }

  async save(me: Self): Promise<void> {
    await this.#put("me", me);
  }

  /** Signs this device out: the pointer goes, and with it the way to the data; `PersonStore.wipe` ends the data. */
  async clear(): Promise<void> {
    await this.#use((db) => db.delete("account", "me"));
  }

  /** Stable for this installation, across sign-ins. */
  async deviceId(): Promise<string> {
    const known = await this.#get("device_id");
    if (typeof known === "string") return known;
    const fresh = newDeviceId();
    await this.#put("device_id", fresh);
    return fresh;
  }

  /** This device was signed out without a network: the server does not know yet. */
  async owesLogout(): Promise<boolean> {
    return (await this.#get("owes_logout")) === true;
  }

  async oweLogout(isOwed: boolean): Promise<void> {
    if (isOwed || (await this.owesLogout())) await this.#put("owes_logout", isOwed);
  }

  #get(key: AccountKey): Promise<unknown> {
    return this.#use((db) => db.get("account", key));
  }

  async #put(key: AccountKey, value: unknown): Promise<void> {
    await this.#use((db) => db.put("account", value, key));
  }

  /** Undefined in a browser without storage: there the sign-in lasts as long as the page. */
  async #use<T>(use: (db: IDBPDatabase<AccountSchema>) => Promise<T>): Promise<T | undefined> {
    // A connection may have been closed under a page that slept: once more with another.
    for (let attempt = 0; attempt < 2; attempt++) {
      try {
        return await use(await this.#open());
      } catch {
        this.#db = undefined;
      }
    }
    return undefined;
  }

  #open(): Promise<IDBPDatabase<AccountSchema>> {
    this.#db ??= openDB<AccountSchema>("parley", 1, {
      upgrade(db) {
        db.createObjectStore("account");
      },
      // A tab with newer code may need another version of it: nobody is to wait for this one.
      blocking: (_current, _next, event) => {
        (event.target as IDBDatabase).close();
        this.#db = undefined;
      },
    });
    return this.#db;
  }
}
