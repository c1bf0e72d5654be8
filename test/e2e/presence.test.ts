import { describe, expect, test } from "vitest";
import { callAs, SOON } from "./person.ts";
import { Stage } from "./stage.ts";

const stage = new Stage();
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

describe("presence and privacy", () => {
  test("UI85 a status shows to the other side, and goes when it is cleared", async () => {
    const [ann, bo] = await Promise.all([stage.account("Ann Rust"), stage.account("Bo Rust")]);
    const chatId = await stage.direct(ann, bo, [[bo, "Hello"]]);
    const [a, b] = await Promise.all([stage.signIn(ann), stage.signIn(bo, {}, `/c/${chatId}/details`)]);
    const open = async (): Promise<void> => {
      await a.page.getByRole("button", { name: /^Account menu/ }).click();
      await a.page.getByRole("menuitem", { name: "Set status" }).click();
    };
    await open();
    await a.page.getByRole("radio", { name: /Do not disturb/ }).check({ force: true });
    await a.page.getByRole("button", { name: "Focusing" }).click();
    await a.page.getByRole("button", { name: "Save" }).click();
    await a.toldOf("Status saved");
    await b.page.locator(".details-intro [data-presence=busy]").waitFor();
    await b.page.locator(".details-intro .custom-status").filter({ hasText: "Focusing" }).waitFor();
    await b.page.locator(".conversation-status .custom-status").filter({ hasText: "🎧" }).waitFor();
    await b.chat("Ann Rust").getByRole("img", { name: "Focusing" }).waitFor();
    await open();
    await a.page.getByRole("radio", { name: /^Online/ }).check({ force: true });
    await a.page.getByRole("button", { name: "Clear status" }).click();
    await a.page.getByRole("button", { name: "Save" }).click();
    await b.page.locator(".details-intro [data-presence=online]").waitFor();
    await b.page.locator(".details-intro .custom-status").waitFor({ state: "detached" });
    expect([...a.complaints, ...b.complaints]).toEqual([]);
  });

  test("UI85 what is said on one device stands on the others, until it ends by itself", async () => {
    const hob = await stage.account("Hob Rust");
    const [one, other] = await Promise.all([stage.signIn(hob), stage.signIn(hob)]);
    const dot = other.page.locator(".own-dot");
    await dot.and(other.page.locator("[data-status=online]")).waitFor();
    const say = (seconds: number): Promise<unknown> =>
      callAs(stage.url, hob.token, "PUT", "/users/status", {
        status: "do_not_disturb",
        status_expires_at: new Date(Date.now() + seconds * 1_000).toISOString(),
        custom_status: { text: "Tuning the piano", emoji: "🎹" },
      });
    await say(600);
    await dot.and(other.page.locator("[data-status=do_not_disturb]")).waitFor();
    await other.page.getByRole("button", { name: /^Account menu/ }).click();
    await other.page.getByRole("menuitem", { name: "Set status" }).click();
    const dialog = other.page.getByRole("dialog", { name: "Your status" });
    await expect.poll(() => dialog.getByLabel("Status", { exact: true }).inputValue()).toBe("Tuning the piano");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    // Sooner, so that the test need not wait.
    await say(5);
    await dot.and(other.page.locator("[data-status=online]")).waitFor();
    await one.page.locator(".own-dot[data-status=online]").waitFor();
    expect([...one.complaints, ...other.complaints]).toEqual([]);
  });

  test("UI85 what was said while a device was away stands on it when it is back", async () => {
    const ivo = await stage.account("Ivo Rust");
    const away = await stage.signIn(ivo);
    const dot = away.page.locator(".own-dot");
    await dot.and(away.page.locator("[data-status=online]")).waitFor();
    await away.context.setOffline(true);
    await away.page.getByText("Waiting for network").first().waitFor();
    await callAs(stage.url, ivo.token, "PUT", "/users/status", { status: "do_not_disturb" });
    await away.context.setOffline(false);
    await dot.and(away.page.locator("[data-status=do_not_disturb]")).waitFor();
  });

  test("UI85 who is there with a phone is said to be", async () => {
    const [kit, lou] = await Promise.all([stage.account("Kit Rust"), stage.account("Lou Rust")]);
    const chatId = await stage.direct(kit, lou, [[lou, "Hello"]]);
    const phone = { ...PHONE, userAgent: "Mozilla/5.0 (Linux; Android 16) Chrome/140.0 Mobile Safari/537.36" };
    const [k, l] = await Promise.all([stage.signIn(kit, phone), stage.signIn(lou, {}, `/c/${chatId}/details`)]);
    await l.page.locator(".details-intro").getByText("Online on the phone").waitFor();
    await l.page.locator(".conversation-status").getByText("Online", { exact: true }).waitFor();
    expect([...k.complaints, ...l.complaints]).toEqual([]);
  });

  test("UI84 who lets themselves be invited only is not added, and that is said", async () => {
    const [eve, flo, gil] = await Promise.all([
      stage.account("Eve Rust"),
      stage.account("Flo Rust"),
      stage.account("Gil Rust"),
    ]);
    await callAs(stage.url, flo.token, "PUT", "/users/privacy", { addable: "nobody" });
    const chatId = await stage.group(eve, "Allotment", [gil]);
    const e = await stage.signIn(eve, {}, `/c/${chatId}/details`);
    await e.page.getByRole("button", { name: "Add people" }).click();
    const dialog = e.page.getByRole("dialog", { name: "Add people" });
    await dialog.getByRole("searchbox").fill("Flo Rust");
    await dialog.getByRole("option", { name: /Flo Rust/ }).click();
    await dialog.getByRole("button", { name: "Add", exact: true }).click();
    await e.toldOf("Not added: Flo Rust");
    await expect.poll(() => e.page.locator(".member").count(), { timeout: SOON }).toBe(2);
    expect(e.complaints).toEqual([]);
  });

  test("UI84 who hides when they were here does not see it of others", async () => {
    const [cat, dov] = await Promise.all([stage.account("Cat Rust"), stage.account("Dov Rust")]);
    const chatId = await stage.direct(cat, dov, [[dov, "Hello"]]);
    const c = await stage.signIn(cat, {}, "/settings/privacy");
    const d = await stage.signIn(dov, {}, `/c/${chatId}`);
    await d.page.locator(".conversation-status [data-presence=online]").waitFor();
    const online = c.page.getByRole("radiogroup", { name: "Who sees that you are online" });
    await online.getByRole("radio", { name: "Nobody" }).click();
    await expect
      .poll(async () => (await callAs(stage.url, cat.token, "GET", "/users/privacy")) as object, { timeout: SOON })
      .toMatchObject({ online: "nobody" });
    await d.page.reload();
    await d.composer.waitFor();
    await d.page.locator(".conversation-status").filter({ hasText: "Offline" }).waitFor();
    await c.page.goto(`${c.url}/c/${chatId}`);
    await c.composer.waitFor();
    await c.page.locator(".conversation-status").filter({ hasText: "Offline" }).waitFor();
    expect(await c.page.locator("[data-presence=online]").count()).toBe(0);
    // The choice is kept.
    await c.page.goto(`${c.url}/settings/privacy`);
    await online.locator("[role=radio][aria-checked=true]").filter({ hasText: "Nobody" }).waitFor();
    expect([...c.complaints, ...d.complaints]).toEqual([]);
  });
});
