import "fake-indexeddb/auto";
import { type IDBPDatabase, openDB } from "idb";
import { describe, expect, it } from "vitest";
import { AccountStore } from "../../web/store/account-store.ts";
import { PersonStore } from "../../web/store/person-store.ts";
import { databaseName } from "../../web/store/schema.ts";
import { openPatiently } from "../../web/sync/patient-opening.ts";
import { ManualClock } from "./manual-clock.ts";

const silent = { deleted: () => undefined, outdated: () => undefined };

/** A tab that sleeps: whatever is said to it, its connection stays. A store that it makes has as much as is read here. */
const sleeper = (name: string, version?: number): Promise<IDBPDatabase> =>
  openDB(name, version, { upgrade: (db) => void db.createObjectStore("outbox", { keyPath: "place" }) });

/** An opening as a tab makes it, and what it told meanwhile. */
function opening(userId: string) {
  const clock = new ManualClock();
  const told: string[] = [];
  const opened = openPatiently(PersonStore.open(userId, silent), clock, () => told.push("held")).then((store) => {
    told.push("open");
    return store;
  });
  return { clock, told, opened };
}

describe("a store that another tab holds", () => {
  it("STO8 an opening that waits for a sleeping tab says so once, and goes on by itself when that is closed", async () => {
    const asleep = await sleeper(databaseName("uolder"), 3);
    const { clock, told, opened } = opening("uolder");
    await clock.advance(3_000);
    expect(told).toEqual([]);
    await clock.advance(60_000);
    expect(told).toEqual(["held"]);
    asleep.close();
    const store = await opened;
    expect(told).toEqual(["held", "open"]);
    expect(await store.loadOutbox()).toEqual([]);
    expect(clock.next).toBeUndefined();
    store.close();
  });

  it("STO8 one that nobody holds says nothing, however long the tab lives", async () => {
    const { clock, told, opened } = opening("ufree");
    (await opened).close();
    await clock.advance(60_000);
    expect(told).toEqual(["open"]);
  });

  it("STO8 one that fails says nothing after it", async () => {
    const newer = await sleeper(databaseName("unewer"), 99);
    const { clock, told, opened } = opening("unewer");
    await expect(opened).rejects.toThrow();
    await clock.advance(60_000);
    expect(told).toEqual([]);
    newer.close();
  });

  it("STO8 who signs out does not wait for a tab that sleeps, leaves nothing, and can sign in again", async () => {
    const store = await PersonStore.open("uleaver", silent);
    await store.saveDraft("chat", { text: "half a word", edited_at: 1, is_owed: true });
    const asleep = await sleeper(databaseName("uleaver"));
    await store.wipe();
    expect(await asleep.count("drafts")).toBe(0);
    const { clock, told, opened } = opening("uleaver");
    await clock.advance(60_000);
    expect(told).toEqual(["held"]);
    asleep.close();
    const again = await opened;
    await again.saveDraft("chat", { text: "another", edited_at: 2, is_owed: true });
    expect((await again.loadDrafts()).size).toBe(1);
    again.close();
  });

  it("STO8 nobody waits for a tab that only knows who is signed in", async () => {
    const account = new AccountStore();
    await account.oweLogout(true);
    const newer = await openDB("parley", 2);
    expect(await newer.get("account", "owes_logout")).toBe(true);
    newer.close();
  });
});
