import { describe, expect, test } from "vitest";
import { PASSWORD, SOON } from "./person.ts";
import { Stage } from "./stage.ts";

const stage = new Stage();

describe("getting in and out", () => {
  test("UI20 registration says what is wrong beside the field and keeps what was typed", async () => {
    const taken = await stage.account("Taken Name");
    const person = await stage.open();
    const { page } = person;
    await page.goto(`${stage.url}/register`);
    await page.getByLabel("Username").fill(taken.username);
    await page.getByLabel("Email").fill("not an address");
    await page.getByLabel("Password", { exact: true }).fill("short");
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByText("Enter an email address").waitFor();
    await page.getByText("Use at least 8 characters.").waitFor();
    // The eye is taken to the first field that is wrong.
    await expect.poll(() => page.getByLabel("Email").evaluate((field) => document.activeElement === field)).toBe(true);
    await page.getByLabel("Email").fill("somebody@example.org");
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByText("This username is taken. Choose another.").waitFor();
    expect(await page.getByLabel("Email").inputValue()).toBe("somebody@example.org");
    expect(await page.getByLabel("Password", { exact: true }).inputValue()).toBe(PASSWORD);
    await page.getByLabel("Username").fill(`${taken.username}x`);
    await page.getByLabel("Password", { exact: true }).press("Enter");
    await page.getByText("No chats yet").waitFor();
  });

  test("UI20 a wrong password is told in words, and the name stays", async () => {
    const ada = await stage.account("Ada Quill");
    const { page } = await stage.open();
    await page.goto(stage.url);
    await page.getByLabel("Username or email").fill(ada.username);
    await page.getByLabel("Password", { exact: true }).fill("not the passphrase");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").filter({ hasText: "The name or the password is not right." }).waitFor();
    expect(await page.getByLabel("Username or email").inputValue()).toBe(ada.username);
  });

  test("UI21 a session revoked on another device signs this tab out", async () => {
    const ben = await stage.account("Ben Quill");
    const first = await stage.signIn(ben);
    const second = await stage.signIn(ben, {}, "/settings/devices");
    await first.page.getByText("No chats yet").waitFor();
    await second.page.goto(`${stage.url}/settings/devices`);
    await second.page.getByText("This device").waitFor();
    // Registration over HTTP is a session too: two others, of which the browser's is the younger.
    const others = second.page.getByRole("button", { name: /^Sign out .+/ });
    await expect.poll(() => others.count(), { timeout: SOON }).toBeGreaterThanOrEqual(2);
    const browsers = second.page.locator(".device").filter({ hasText: "Chrom" }).getByRole("button");
    await browsers.first().click();
    await second.page.getByRole("alertdialog").getByRole("button", { name: "Sign out" }).click();
    await first.page.getByText("This device was signed out from another device.").waitFor();
    await first.page.getByLabel("Username or email").waitFor();
  });

  test("UI22 signing out asks, warns of unsent messages, and leaves nothing behind", async () => {
    const [cam, dot] = await Promise.all([stage.account("Cam Quill"), stage.account("Dot Quill")]);
    await stage.direct(cam, dot, [[dot, "A secret between us"]]);
    const c = await stage.signIn(cam);
    await c.openChat("Dot Quill");
    await c.message("A secret between us").waitFor();
    await c.context.setOffline(true);
    await c.write("Not out yet");
    await c.state("Not out yet", "waiting").waitFor();
    await c.page.getByRole("button", { name: "Account menu" }).click();
    await c.page.getByRole("menuitem", { name: "Sign out" }).click();
    await c.page.getByRole("alertdialog").getByText("1 message is not sent yet and would be lost.").waitFor();
    await c.page.getByRole("alertdialog").getByRole("button", { name: "Cancel" }).click();
    await c.context.setOffline(false);
    await c.state("Not out yet", "sent").waitFor({ timeout: 40_000 });
    await c.page.getByRole("button", { name: "Account menu" }).click();
    await c.page.getByRole("menuitem", { name: "Sign out" }).click();
    await c.page.getByRole("alertdialog").getByRole("button", { name: "Sign out" }).click();
    await c.page.getByLabel("Username or email").waitFor();
    await c.page.reload();
    await c.page.getByLabel("Username or email").waitFor();
    expect(await c.page.getByText("A secret between us").count()).toBe(0);
  });
});
