import { describe, expect, test } from "vitest";
import { callAs, type Person, SOON } from "./person.ts";
import { type Account, Stage } from "./stage.ts";

const stage = new Stage();

interface Told {
  title: string;
  body: string;
  is_open: boolean;
}

/** Stands in for the desktop: what is shown there can be read and pressed. */
function desktop(): void {
  const told: { title: string; body: string; is_open: boolean; press: () => void }[] = [];
  class Shown {
    static permission = "granted";
    static requestPermission = () => Promise.resolve("granted");
    onclick: (() => void) | null = null;
    readonly #entry: (typeof told)[number];
    constructor(title: string, { body }: { body: string }) {
      this.#entry = { title, body, is_open: true, press: () => this.onclick?.() };
      told.push(this.#entry);
    }
    close(): void {
      this.#entry.is_open = false;
    }
  }
  Object.assign(window, { Notification: Shown, told });
}

/** As if the person turned to another window, or back. */
const look = ({ page }: Pick<Person, "page">, isThere: boolean): Promise<void> =>
  page.evaluate((there) => {
    Object.defineProperty(document, "visibilityState", {
      configurable: true,
      get: () => (there ? "visible" : "hidden"),
    });
    document.dispatchEvent(new Event("visibilitychange"));
  }, isThere);

const toldTo = ({ page }: Pick<Person, "page">): Promise<Told[]> =>
  page.evaluate(() =>
    (window as unknown as { told: Told[] }).told.map(({ title, body, is_open }) => ({ title, body, is_open })),
  );

async function atDesk(account: Account): Promise<Person> {
  const person = await stage.open();
  await person.page.addInitScript(desktop);
  await person.signIn(account.username, "/settings/notifications");
  await person.page.getByRole("switch", { name: /Show notifications on this device/ }).click({ force: true });
  return person;
}

describe("being told while one looks elsewhere", () => {
  test("UI113 UI114 a message is told once, leads to its place, and is taken back", async () => {
    const [amy, ben] = await Promise.all([stage.account("Amy Wold"), stage.account("Ben Wold")]);
    const chatId = await stage.group(ben, "Choir", [amy], [[ben, "Welcome"]]);
    const a = await atDesk(amy);
    await a.chat("Choir").waitFor();
    await stage.say(ben, chatId, "Seen in the list");
    await a.chat("Choir").filter({ hasText: "Seen in the list" }).waitFor();
    expect(await toldTo(a)).toEqual([]);
    await look(a, false);
    await stage.say(ben, chatId, "Rehearsal at seven");
    await expect
      .poll(() => toldTo(a), { timeout: SOON })
      .toEqual([{ title: "Choir", body: "Ben Wold: Rehearsal at seven", is_open: true }]);
    await a.page.evaluate(() => (window as unknown as { told: { press: () => void }[] }).told[0]?.press());
    await look(a, true);
    await a.sees("Rehearsal at seven");
    await look(a, false);
    await stage.say(ben, chatId, "Bring water");
    await expect
      .poll(async () => (await toldTo(a)).at(-1), { timeout: SOON })
      .toMatchObject({ body: "Ben Wold: Bring water", is_open: true });
    await look(a, true);
    await expect.poll(async () => (await toldTo(a)).at(-1), { timeout: SOON }).toMatchObject({ is_open: false });
    expect(await toldTo(a)).toHaveLength(2);
    expect(a.complaints).toEqual([]);
  });

  test("UI113 a reminder that comes due is told", async () => {
    const [eda, fin] = await Promise.all([stage.account("Eda Wold"), stage.account("Fin Wold")]);
    const chatId = await stage.direct(eda, fin, [[fin, "Water the plants"]]);
    const e = await atDesk(eda);
    await e.chat("Fin Wold").waitFor();
    await look(e, false);
    const { messages } = (await callAs(stage.url, eda.token, "GET", `/chats/${chatId}/messages`)) as {
      messages: { message_id: string }[];
    };
    await callAs(stage.url, eda.token, "PUT", `/messages/${messages.at(-1)?.message_id}/reminder`, {
      remind_at: new Date(Date.now() + 1_500).toISOString(),
    });
    await expect
      .poll(() => toldTo(e), { timeout: SOON })
      .toEqual([{ title: "Reminder: Fin Wold", body: "", is_open: true }]);
    await look(e, true);
    await expect.poll(() => toldTo(e), { timeout: SOON }).toMatchObject([{ is_open: false }]);
    expect(e.complaints).toEqual([]);
  });

  test("UI113 of several tabs one tells, and none while somebody looks at another", async () => {
    const [gus, hua] = await Promise.all([stage.account("Gus Wold"), stage.account("Hua Wold")]);
    const chatId = await stage.direct(hua, gus, [[hua, "Hello"]]);
    const g = await atDesk(gus);
    const second = { page: await g.context.newPage() };
    await second.page.addInitScript(desktop);
    await second.page.goto(`${stage.url}/settings/notifications`);
    await second.page.locator(".chat-option").filter({ hasText: "Hua Wold" }).waitFor();
    const shows = (text: string): Promise<void> =>
      second.page.locator(".chat-option").filter({ hasText: text }).waitFor();
    const told = async (): Promise<string[]> =>
      [...(await toldTo(g)), ...(await toldTo(second))].map((one) => one.body);
    await look(second, true);
    await look(g, false);
    await stage.say(hua, chatId, "You see this");
    await shows("You see this");
    expect(await told()).toEqual([]);
    await look(second, false);
    await stage.say(hua, chatId, "And not this");
    await expect.poll(told, { timeout: SOON }).toEqual(["And not this"]);
    await stage.say(hua, chatId, "Nor this");
    await expect.poll(told, { timeout: SOON }).toEqual(["And not this", "Nor this"]);
    // The one that tells goes, and the other takes over.
    await g.page.close();
    await stage.say(hua, chatId, "Last of all");
    await expect
      .poll(async () => (await toldTo(second)).map((one) => one.body), { timeout: SOON })
      .toEqual(["Last of all"]);
  });

  test("UI113 muted chats and who is not to be disturbed are left alone", async () => {
    const [cai, dee] = await Promise.all([stage.account("Cai Wold"), stage.account("Dee Wold")]);
    const quiet = await stage.group(dee, "Noise", [cai]);
    const loud = await stage.direct(dee, cai);
    const c = await atDesk(cai);
    await c.chat("Noise").click({ button: "right" });
    await c.page.getByRole("menuitem", { name: "Mute" }).click();
    await c.page.getByRole("menuitem", { name: "Until I turn it back on" }).click();
    await c.page
      .locator(".page-line")
      .filter({ hasText: "Noise" })
      .filter({ hasText: "Until I turn it back on" })
      .waitFor();
    await look(c, false);
    await stage.say(dee, quiet, "Nobody needs this");
    await c.chat("Noise").filter({ hasText: "Nobody needs this" }).waitFor();
    await callAs(stage.url, dee.token, "POST", `/chats/${quiet}/messages`, {
      content: { text: "@Cai Wold please", mentions: [{ user_id: cai.user_id, offset: 0, length: 9 }] },
    });
    await expect
      .poll(() => toldTo(c), { timeout: SOON })
      .toEqual([{ title: "Noise", body: "Dee Wold: @Cai Wold please", is_open: true }]);
    await callAs(stage.url, cai.token, "PUT", "/users/status", { status: "do_not_disturb" });
    await c.page.getByText("You do not want to be disturbed").waitFor();
    await stage.say(dee, loud, "Are you asleep?");
    await c.chat("Dee Wold").filter({ hasText: "Are you asleep?" }).waitFor();
    await callAs(stage.url, cai.token, "PUT", "/users/status", { status: "online" });
    await c.page.getByText("You do not want to be disturbed").waitFor({ state: "detached" });
    await stage.say(dee, loud, "Good morning");
    await expect
      .poll(() => toldTo(c), { timeout: SOON })
      .toEqual([
        expect.objectContaining({ title: "Noise" }),
        { title: "Dee Wold", body: "Good morning", is_open: true },
      ]);
    await look(c, true);
    await c.page.getByRole("button", { name: "Unmute: Noise" }).click();
    await c.page.getByText("No chat is muted.").waitFor();
    expect(c.complaints).toEqual([]);
  });
});
