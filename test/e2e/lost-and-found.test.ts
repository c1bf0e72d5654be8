import { describe, expect, test } from "vitest";
import { SOON } from "./person.ts";
import { Stage } from "./stage.ts";

const stage = new Stage();

/** The shell is cached a moment after the first visit. */
const shellReady = "navigator.serviceWorker.ready.then(() => true)";

describe("nothing is lost", () => {
  test("UI10 UI14 UI15 written offline, reloaded offline, delivered once", async () => {
    const [ada, ben] = await Promise.all([stage.account("Ada Moss"), stage.account("Ben Hale")]);
    await stage.direct(ada, ben, [[ben, "Before the tunnel"]]);
    const a = await stage.signIn(ada);
    await a.openChat("Ben Hale");
    await a.message("Before the tunnel").waitFor();
    await a.page.evaluate(shellReady);

    await a.context.setOffline(true);
    await a.page.getByText("Waiting for network").waitFor();
    await a.write("From the tunnel");
    await a.state("From the tunnel", "waiting").waitFor();
    await a.page.reload();
    await a.message("Before the tunnel").waitFor();
    await a.state("From the tunnel", "waiting").waitFor();
    await a.write("Still in the tunnel");
    await a.state("Still in the tunnel", "waiting").waitFor();
    // The list shows it as said and waiting: it is no draft.
    const row = a.chat("Ben Hale").filter({ hasText: "You: Still in the tunnel" });
    await row.locator(".message-state[data-state=waiting]").waitFor();
    expect(await row.getByText("Draft:").count()).toBe(0);

    const b = await stage.signIn(ben);
    await b.openChat("Ada Moss");
    expect(await b.message("From the tunnel").count()).toBe(0);
    await a.context.setOffline(false);
    await b.message("Still in the tunnel").waitFor();
    await a.state("Still in the tunnel", "read").waitFor();
    await a.page.getByText("Waiting for network").waitFor({ state: "detached" });
    expect(await b.message("From the tunnel").count()).toBe(1);
    expect(await b.message("Still in the tunnel").count()).toBe(1);
    const order = await b.page.locator("[data-message]").allTextContents();
    const place = (text: string): number => order.findIndex((line) => line.includes(text));
    expect(place("From the tunnel")).toBeLessThan(place("Still in the tunnel"));
  });

  test("UI10 a server that is killed and comes back gets what was written meanwhile, once", async () => {
    const [cy, di] = await Promise.all([stage.account("Cy Marsh"), stage.account("Di Bloom")]);
    await stage.direct(cy, di, [[di, "Hello Cy"]]);
    const c = await stage.signIn(cy);
    await c.openChat("Di Bloom");
    await c.message("Hello Cy").waitFor();
    await stage.server.kill();
    await c.write("Into the dark");
    await c.page.getByText("Waiting for network").waitFor();
    await stage.server.restart();
    await c.state("Into the dark", "sent").waitFor({ timeout: 60_000 });
    const d = await stage.signIn(di);
    await d.openChat("Cy Marsh");
    await d.message("Into the dark").waitFor();
    expect(await d.message("Into the dark").count()).toBe(1);
  });

  test("UI11 a reload in mid-send loses and doubles nothing", async () => {
    const [eve, fin] = await Promise.all([stage.account("Eve Lorne"), stage.account("Fin Dale")]);
    await stage.direct(eve, fin);
    const e = await stage.signIn(eve);
    await e.openChat("Fin Dale");
    const texts = Array.from({ length: 6 }, (_, i) => `Quick ${"abcdef"[i]}`);
    for (const text of texts) {
      await e.composer.fill(text);
      await e.composer.press("Enter");
      // The row is on the device as soon as the message is painted.
      await e.message(text).waitFor();
      if (text.endsWith("c") || text.endsWith("f")) await e.page.reload();
    }
    const f = await stage.signIn(fin);
    await f.openChat("Eve Lorne");
    for (const text of texts) await f.message(text).waitFor();
    for (const text of texts) expect(await f.message(text).count(), text).toBe(1);
    const order = (await f.page.locator("[data-message] .bubble-text").allTextContents()).map((line) =>
      line.slice(0, 7),
    );
    expect(order).toEqual(texts);
  });

  test("UI12 two tabs of one person agree", async () => {
    const [gia, hugh] = await Promise.all([stage.account("Gia Storm"), stage.account("Hugh Pell")]);
    await stage.direct(gia, hugh);
    const g = await stage.signIn(gia);
    await g.openChat("Hugh Pell");
    const second = await g.context.newPage();
    g.watch(second);
    await second.goto(g.page.url());
    await second.locator(".composer-text").waitFor();
    await g.write("From the first tab");
    await g.message("From the first tab", second).waitFor();
    await second.locator(".composer-text").fill("From the second tab");
    await second.locator(".composer-text").press("Enter");
    await g.message("From the second tab").waitFor();
    await g.state("From the second tab", "sent").waitFor();
    for (const page of [g.page, second])
      for (const text of ["From the first tab", "From the second tab"])
        expect(await g.message(text, page).count(), text).toBe(1);
    // The first tab goes; the second one carries on.
    await g.page.close();
    await second.locator(".composer-text").fill("Alone now");
    await second.locator(".composer-text").press("Enter");
    await second.locator("[data-message]").filter({ hasText: "Alone now" }).locator("[data-state=sent]").waitFor();
    const h = await stage.signIn(hugh);
    await h.openChat("Gia Storm");
    await h.message("Alone now").waitFor();
    await expect.poll(() => h.page.locator("[data-message]").count(), { timeout: SOON }).toBe(3);
  });

  test("UI13 drafts are kept for their chat", async () => {
    const [ian, joy, kit] = await Promise.all([
      stage.account("Ian Frost"),
      stage.account("Joy Reed"),
      stage.account("Kit Lane"),
    ]);
    await stage.direct(ian, joy);
    await stage.direct(ian, kit);
    const i = await stage.signIn(ian);
    await i.openChat("Joy Reed");
    await i.composer.fill("Half a thought");
    await i.openChat("Kit Lane");
    await expect.poll(() => i.composer.inputValue(), { timeout: SOON }).toBe("");
    await i.chat("Joy Reed").filter({ hasText: "Draft: Half a thought" }).waitFor();
    await i.page.reload();
    await i.openChat("Joy Reed");
    await expect.poll(() => i.composer.inputValue(), { timeout: SOON }).toBe("Half a thought");
  });
});
