import { describe, expect, test } from "vitest";
import { callAs, makeAccount, type Person, SOON } from "./person.ts";
import { Stage } from "./stage.ts";

const stage = new Stage();

/** Picks an entry of the account menu. */
async function menu(person: Person, item: RegExp): Promise<void> {
  await person.page.getByRole("button", { name: /^Account menu/ }).click();
  await person.page.getByRole("menuitem", { name: item }).click();
}

describe("people", () => {
  test("UI80 a contact is called by the name that its owner gave", async () => {
    const [ann, bo] = await Promise.all([stage.account("Ann Teal"), stage.account("Bo Teal")]);
    await stage.direct(ann, bo, [[bo, "Hello from Bo"]]);
    const a = await stage.signIn(ann);
    await menu(a, /^People/);
    await a.page.getByRole("searchbox", { name: "Search people" }).fill("Bo Teal");
    await a.page.getByRole("main").getByRole("button", { name: "Bo Teal" }).click();
    const sheet = a.page.getByRole("dialog", { name: "Profile" });
    await sheet.getByRole("button", { name: "Add to contacts" }).click();
    await sheet.getByRole("button", { name: "Change name" }).click();
    await sheet.getByLabel("Your name for them").fill("Bo of the bakery");
    await sheet.getByRole("button", { name: "Save" }).click();
    await sheet.getByText("Calls themselves Bo Teal").waitFor();
    await sheet.getByRole("button", { name: "Remove from contacts" }).click();
    await sheet.getByRole("button", { name: "Add to contacts" }).waitFor();
    await a.page.getByRole("button", { name: "Undo" }).click();
    await sheet.getByText("Calls themselves Bo Teal").waitFor();
    await a.page.keyboard.press("Escape");
    await a.chat("Bo of the bakery").click();
    await a.page.locator(".conversation-title").filter({ hasText: "Bo of the bakery" }).waitFor();
    // Also in a group: above what they write, in what answers it, and in the list.
    await stage.group(bo, "Oven club", [ann], [[bo, "The dough is ready"]]);
    await a.chat("Oven club").filter({ hasText: "Bo: The dough is ready" }).click();
    await a.page.locator(".message-name").filter({ hasText: "Bo of the bakery" }).waitFor();
    await a.message("The dough is ready").focus();
    await a.page.keyboard.press("r");
    await a.page.locator(".composer-banner").filter({ hasText: "Reply to Bo of the bakery" }).waitFor();
    await a.write("Coming");
    await a.message("Coming").locator(".quote-name").filter({ hasText: "Bo of the bakery" }).waitFor();
    await a.state("Coming", "sent").waitFor();
    // What is sent names people as everybody knows them.
    await a.composer.pressSequentially("@Bo");
    await a.page.locator(".suggestions").getByText("Bo Teal").first().waitFor();
    // They are found by the other name too.
    await a.composer.fill("");
    await a.composer.pressSequentially("@baker");
    await a.page.getByRole("option", { name: "Bo of the bakery" }).filter({ hasText: "Bo Teal" }).click();
    await expect.poll(() => a.composer.inputValue()).toBe("@Bo Teal ");
    await a.composer.pressSequentially("hurry");
    await a.composer.press("Enter");
    await a.message("hurry").locator(".mention").filter({ hasText: "@Bo Teal" }).waitFor();
    // The name is the owner's alone, and still there after a reload.
    await a.page.reload();
    await a.chat("Bo of the bakery").waitFor();
    const b = await stage.signIn(bo);
    await b.chat("Ann Teal").waitFor();
    // So are they in the list while they write.
    await b.openChat("Oven club");
    // Typing is for those who listen by then, and is over in a moment: it goes on until it is seen.
    const typing = a.chat("Oven club").filter({ hasText: "Bo of the bakery is typing" });
    const isSeen = async (): Promise<boolean> => {
      await b.composer.pressSequentially("Soon");
      return (await typing.count()) > 0;
    };
    await expect.poll(isSeen, { timeout: SOON, interval: 300 }).toBe(true);
    expect([...a.complaints, ...b.complaints]).toEqual([]);
  });

  test("UI81 a contact request is seen, accepted and makes contacts of both", async () => {
    const [cat, dov] = await Promise.all([stage.account("Cat Teal"), stage.account("Dov Teal")]);
    const [c, d] = await Promise.all([
      stage.signIn(cat, {}, `/people/${dov.user_id}`),
      stage.signIn(dov, {}, "/people"),
    ]);
    await c.page.getByRole("button", { name: "Send contact request" }).click();
    await c.page.getByRole("button", { name: "Withdraw request" }).first().waitFor();
    // Without asking: the other side is told at once, on whatever screen.
    await d.page.getByRole("button", { name: /1 contact request/ }).waitFor();
    await d.page.getByRole("button", { name: "Accept: Cat Teal" }).click();
    await d.page.getByRole("heading", { name: "Contacts" }).waitFor();
    await d.page.getByRole("main").getByRole("button", { name: "Cat Teal" }).waitFor();
    await d.page.getByRole("button", { name: /contact request/ }).waitFor({ state: "detached" });
    await c.page.getByRole("button", { name: "Withdraw request" }).first().waitFor({ state: "detached" });
    await c.page.getByRole("main").getByRole("button", { name: "Dov Teal" }).waitFor();
    expect([...c.complaints, ...d.complaints]).toEqual([]);
  });

  test("UI81 a contact request is answered where it is told", async () => {
    const [nan, olu, pip] = await Promise.all([
      stage.account("Nan Teal"),
      stage.account("Olu Teal"),
      stage.account("Pip Teal"),
    ]);
    const ask = (from: { token: string }): Promise<unknown> =>
      callAs(stage.url, from.token, "POST", "/users/friend-requests", { user_id: nan.user_id });
    const n = await stage.open();
    // Until the page has been told who waits, whoever asks counts as having waited.
    const told = ["contacts", "friend-requests", "blocked"].map((part) =>
      n.page.waitForResponse((response) => new URL(response.url()).pathname.endsWith(`/users/${part}`)),
    );
    await n.signIn(nan.username);
    for (const response of await Promise.all(told)) await response.finished();
    const toast = n.page.locator(".toast");
    await ask(olu);
    const olus = toast.filter({ hasText: "Olu Teal wants to be in your contacts." });
    await olus.getByRole("button", { name: "Accept" }).click();
    await toast.filter({ hasText: "Olu Teal is in your contacts" }).waitFor();
    await ask(pip);
    await toast.filter({ hasText: "Pip Teal wants" }).getByRole("button", { name: "Decline" }).click();
    const waiting = async (): Promise<unknown> =>
      (await callAs(stage.url, nan.token, "GET", "/users/friend-requests")) as object;
    await expect.poll(waiting, { timeout: SOON }).toEqual({ requests: [] });
    expect(await callAs(stage.url, olu.token, "GET", "/users/contacts")).toMatchObject({
      contacts: [{ person: { user_id: nan.user_id } }],
    });
    expect(n.complaints).toEqual([]);
  });

  test("UI82 blocking keeps a person away until it is taken back", async () => {
    const [eve, flo] = await Promise.all([stage.account("Eve Teal"), stage.account("Flo Teal")]);
    const chatId = await stage.direct(eve, flo, [[flo, "Before"]]);
    const e = await stage.signIn(eve, {}, `/c/${chatId}/details`);
    await e.page.locator(".details-pane").getByRole("button", { name: "Block", exact: true }).click();
    const dialog = e.page.getByRole("dialog", { name: "Block Flo Teal?" });
    await dialog.getByText("Flo Teal is not told.").waitFor();
    await dialog.getByRole("button", { name: "Block", exact: true }).click();
    await e.chat("Flo Teal").getByRole("img", { name: "blocked" }).waitFor();
    await stage.say(flo, chatId, "Can you hear me?");
    await e.page.goto(`${e.url}/settings/privacy`);
    await e.page.getByRole("button", { name: "Unblock: Flo Teal" }).click();
    await e.page.getByText("You have blocked nobody.").waitFor();
    await stage.say(flo, chatId, "And now?");
    await e.chat("Flo Teal").filter({ hasText: "And now?" }).waitFor();
    await e.chat("Flo Teal").click();
    await e.message("And now?").waitFor();
    expect(await e.message("Can you hear me?").count()).toBe(0);
    expect(e.complaints).toEqual([]);
  });

  test("UI83 a report reaches the administrators and nobody else", async () => {
    const [gus, hal] = await Promise.all([stage.account("Gus Teal"), stage.account("Hal Teal")]);
    await makeAccount(stage.url, "mara", "Mara the keeper");
    const chatId = await stage.direct(gus, hal, [[hal, "Rude words"]]);
    const g = await stage.signIn(gus, {}, `/c/${chatId}/details`);
    await g.page.locator(".details-pane").getByRole("button", { name: "Report" }).click();
    const dialog = g.page.getByRole("dialog", { name: "Report Hal Teal" });
    await dialog.getByRole("button", { name: "Send report" }).click();
    await dialog.getByText("Choose a reason.").waitFor();
    await dialog.getByText("Harassment or bullying").click();
    await dialog.getByLabel(/administrators know/).fill("Every morning");
    await dialog.getByRole("button", { name: "Send report" }).click();
    await g.toldOf("The report was sent");
    // Of a message it says whose it is.
    await g.message("Rude words").click({ button: "right" });
    await g.page.locator("[role=menuitem][data-key=report]").click();
    await g.page.getByRole("dialog", { name: "Report a message of Hal Teal" }).waitFor();
    await g.page.keyboard.press("Escape");

    const keeper = await stage.open();
    await keeper.signIn("mara", "/admin/reports");
    const card = keeper.page.locator(".report-card").filter({ hasText: "Every morning" });
    await card.getByText("Harassment or bullying").waitFor();
    await card.getByRole("button", { name: "Mark as acted on" }).click();
    await keeper.page.getByLabel("Note (optional)").fill("Talked to Hal");
    await keeper.page.getByRole("dialog").getByRole("button", { name: "Mark as acted on" }).click();
    await keeper.page.getByText("Nothing here").waitFor();
    await keeper.page.getByRole("radio", { name: "Acted on" }).click();
    await keeper.page.getByText("Note: Talked to Hal").waitFor();
    expect(keeper.complaints).toEqual([]);
    expect(g.complaints).toEqual([]);

    await g.page.goto(`${g.url}/admin/reports`);
    await g.page.getByText("This page is for administrators").waitFor();
  });

  test("UI86 new names show everywhere at once", async () => {
    const ida = await stage.account("Ida Teal");
    const i = await stage.signIn(ida, {}, "/settings/profile");
    await i.page.getByLabel("Name", { exact: true }).fill("Ida Umber");
    await i.page.getByLabel("Last name").fill("Umber");
    await i.page.getByLabel("Status text").fill("Back on Monday");
    await i.page.getByRole("button", { name: "Save" }).click();
    await i.page.locator(".settings-who p").filter({ hasText: "Ida Umber" }).waitFor();
    const seen = (await callAs(stage.url, ida.token, "GET", `/users/${ida.user_id}/profile`)) as Record<string, string>;
    expect(seen).toMatchObject({ display_name: "Ida Umber", last_name: "Umber", status_message: "Back on Monday" });
    await i.page.reload();
    await i.page.locator(".settings-who p").filter({ hasText: "Ida Umber" }).waitFor({ timeout: SOON });
    expect(i.complaints).toEqual([]);
  });
});
