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
    try {
      await (await this.#open()).delete("account", "me");
    } catch {
      // Without storage there is nothing to clear.
    }
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

  async #get(key: AccountKey): Promise<unknown> {
    try {
      return await (await this.#open()).get("account", key);
    } catch {
      return undefined;
    }
  }

  async #put(key: AccountKey, value: unknown): Promise<void> {
    try {
      await (await this.#open()).put("account", value, key);
    } catch {
      // A browser without storage: the sign-in lasts as long as the page.
    }
  }

  #open(): Promise<IDBPDatabase<AccountSchema>> {
    this.#db ??= openDB<AccountSchema>("parley", 1, {
      upgrade(db) {
        db.createObjectStore("account");
      },
    });
    return this.#db;
  }
}
