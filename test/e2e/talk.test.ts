import { describe, expect, test } from "vitest";
import type { Person } from "./person.ts";
import { callAs, SOON } from "./person.ts";
import { Stage } from "./stage.ts";

const stage = new Stage();

const menu = async (person: Person, text: string, ...items: string[]): Promise<void> => {
  await person.message(text).first().click({ button: "right" });
  for (const item of items) await person.page.locator(`[role=menuitem][data-key=${item}]`).click();
};

describe("what is written", () => {
  test("UI60 markup is drawn for both, set by keys, and copied as it was written", async () => {
    const [ann, bo] = await Promise.all([stage.account("Ann Reed"), stage.account("Bo Lark")]);
    await stage.direct(ann, bo, [[bo, "Hello"]]);
    const [a, b] = await Promise.all([
      stage.signIn(ann, { permissions: ["clipboard-read", "clipboard-write"] }),
      stage.signIn(bo),
    ]);
    await Promise.all([a.openChat("Bo Lark"), b.openChat("Ann Reed")]);
    await a.composer.fill("loud");
    await a.composer.press("Control+a");
    await a.composer.press("Control+b");
    expect(await a.composer.inputValue()).toBe("*loud*");
    await a.composer.press("End");
    await a.composer.pressSequentially(" and ");
    await a.composer.press("Control+i");
    await a.composer.pressSequentially("slanted");
    await a.composer.press("Enter");
    const there = b.page.locator(".bubble").filter({ hasText: "loud and slanted" });
    await there.locator("strong").filter({ hasText: "loud" }).waitFor();
    await there.locator("em").filter({ hasText: "slanted" }).waitFor();
    await a.write("> quoted\n- one\n- two\n```ts\nconst x = 1;\n```");
    await b.page.locator(".rich-quote").filter({ hasText: "quoted" }).waitFor();
    await b.page.locator(".rich-list li").nth(1).waitFor();
    await b.page.locator(".hljs-keyword").filter({ hasText: "const" }).waitFor();
    await a.page.locator(".bubble-text").filter({ hasText: "loud and slanted" }).selectText();
    await a.page.keyboard.press("Control+c");
    expect(await a.page.evaluate(() => navigator.clipboard.readText())).toBe("*loud* and _slanted_");
    // Over several messages: their words alone, one after the other, from where to where it was selected.
    await a.page.evaluate(() => {
      const texts = [...document.querySelectorAll(".bubble-text")];
      const from = texts.find((one) => one.textContent?.includes("loud"))?.querySelector("strong")?.firstChild;
      const to = texts.at(-1)?.querySelector("li:last-child")?.firstChild;
      if (!from || !to) throw new Error("both messages are in sight");
      getSelection()?.setBaseAndExtent(from, 2, to, 2);
    });
    await a.page.keyboard.press("Control+c");
    expect(await a.page.evaluate(() => navigator.clipboard.readText())).toBe(
      "*ud* and _slanted_\n> quoted\n- one\n- tw",
    );
    expect([...a.complaints, ...b.complaints]).toEqual([]);
  });

  test("UI61 a name is completed by keys, sent as a mention, and kept through an edit", async () => {
    const [cat, dov, eli] = await Promise.all([
      stage.account("Cat Moss"),
      stage.account("Dov Hill"),
      stage.account("Eli Sand"),
    ]);
    await stage.group(cat, "Naming", [dov, eli]);
    const [c, d] = await Promise.all([stage.signIn(cat), stage.signIn(dov)]);
    await Promise.all([c.openChat("Naming"), d.openChat("Naming")]);
    await c.page.locator(".composer-text").pressSequentially("Ask @do");
    await c.page.getByRole("option", { name: "Dov Hill" }).waitFor();
    await expect.poll(() => c.composer.getAttribute("aria-activedescendant")).toBeTruthy();
    await c.composer.press("Enter");
    await expect.poll(() => c.composer.inputValue()).toBe("Ask @Dov Hill ");
    await c.composer.pressSequentially("please");
    await c.composer.press("Enter");
    await d.page.locator(".mention[data-me]").filter({ hasText: "@Dov Hill" }).waitFor();
    await d.page.locator(".message[data-mention]").waitFor();
    // Pressing a name says who that is.
    await d.page.locator(".message-name").filter({ hasText: "Cat Moss" }).click();
    await d.page.getByRole("dialog").filter({ hasText: "Cat Moss" }).waitFor();
    await d.page.keyboard.press("Escape");
    await c.composer.press("ArrowUp");
    await expect.poll(() => c.composer.inputValue()).toBe("Ask @Dov Hill please");
    await c.composer.press("End");
    await c.composer.pressSequentially(" now");
    await c.composer.press("Enter");
    await d.message("please now").locator(".mention[data-me]").waitFor();
    // The owner may name everybody; Esc puts the list away and keeps the words.
    await c.composer.pressSequentially("@chan");
    await c.page.getByRole("option", { name: "@channel" }).waitFor();
    await c.composer.press("Escape");
    await c.page.getByRole("option", { name: "@channel" }).waitFor({ state: "detached" });
    expect(await c.composer.inputValue()).toBe("@chan");
    expect([...c.complaints, ...d.complaints]).toEqual([]);
  });

  test("UI61 an emoji is found by its name", async () => {
    const [fay, gus] = await Promise.all([stage.account("Fay Bell"), stage.account("Gus Lane")]);
    await stage.direct(fay, gus);
    const f = await stage.signIn(fay);
    await f.openChat("Gus Lane");
    await f.composer.pressSequentially("Well :thumbs");
    await f.page.locator(".suggestion").first().waitFor();
    await f.composer.press("Tab");
    await expect.poll(() => f.composer.inputValue()).toMatch(/^Well \p{RGI_Emoji} $/v);
    expect(f.complaints).toEqual([]);
  });
});

describe("threads", () => {
  test("UI62 answers stand in their thread beside the chat, counted under its first message", async () => {
    const [hal, ivy] = await Promise.all([stage.account("Hal Stone"), stage.account("Ivy Cole")]);
    await stage.group(hal, "Workshop", [ivy], [[hal, "Who brings the glue?"]]);
    const [h, i] = await Promise.all([stage.signIn(hal), stage.signIn(ivy)]);
    await Promise.all([h.openChat("Workshop"), i.openChat("Workshop")]);
    await menu(i, "Who brings the glue?", "thread");
    const pane = i.page.locator(".thread-pane");
    await pane.locator(".composer-text").fill("I do");
    await pane.locator(".composer-text").press("Enter");
    const chip = h.message("Who brings the glue?").locator(".thread-chip");
    await chip.filter({ hasText: "1 reply" }).waitFor();
    expect(await h.page.locator(".conversation [data-message]").filter({ hasText: "I do" }).count()).toBe(0);
    await chip.click();
    await expect.poll(() => new URL(h.page.url()).pathname).toMatch(/\/t\/\d+$/);
    const other = h.page.locator(".thread-pane");
    await other.locator(".bubble").filter({ hasText: "I do" }).waitFor();
    await other.locator(".composer-text").fill("Thank you");
    await other.locator(".composer-text").press("Enter");
    await pane.locator(".bubble").filter({ hasText: "Thank you" }).waitFor();
    await chip.filter({ hasText: "2 replies" }).waitFor();
    // The address is the thread's: a reload opens it again, back leads to the chat.
    await h.page.reload();
    await other.locator(".bubble").filter({ hasText: "Thank you" }).waitFor();
    await other.getByRole("button", { name: "Stop following" }).click();
    await other.getByRole("button", { name: "Follow thread" }).waitFor();
    await other.getByRole("button", { name: "Close" }).click();
    await other.waitFor({ state: "detached" });
    await h.page.getByRole("button", { name: "More", exact: true }).click();
    await h.page.getByRole("menuitem", { name: "Threads" }).click();
    const listed = h.page.locator(".threads-item").filter({ hasText: "Who brings the glue?" });
    await listed.filter({ hasText: "2 replies" }).waitFor();
    // The list follows what is answered meanwhile.
    await pane.locator(".composer-text").fill("And paper");
    await pane.locator(".composer-text").press("Enter");
    await listed.filter({ hasText: "3 replies" }).waitFor();
    await listed.click();
    await other.locator(".bubble").filter({ hasText: "I do" }).waitFor();
    // Esc goes one step back: from the thread to its list, and on to the chat.
    await other.locator(".composer-text").press("Escape");
    await h.page.locator(".threads-item").waitFor();
    await h.page.keyboard.press("Escape");
    await other.waitFor({ state: "detached" });
    await h.composer.waitFor();
    expect([...h.complaints, ...i.complaints]).toEqual([]);
  });
});

describe("things that are not text", () => {
  test("UI63 a poll is made, voted in live by both, told by name, and ended", async () => {
    const [jan, kim] = await Promise.all([stage.account("Jan Vale"), stage.account("Kim Ford")]);
    await stage.group(jan, "Lunch", [kim]);
    const [j, k] = await Promise.all([stage.signIn(jan), stage.signIn(kim)]);
    await Promise.all([j.openChat("Lunch"), k.openChat("Lunch")]);
    await j.page.getByRole("button", { name: "Add" }).click();
    await j.page.getByRole("menuitem", { name: "Poll" }).click();
    const dialog = j.page.getByRole("dialog", { name: "New poll" });
    await dialog.getByLabel("Question").fill("Soup or bread?");
    await dialog.getByLabel("Answer 1").fill("Soup");
    await dialog.getByLabel("Answer 2").fill("Bread");
    await dialog.getByRole("button", { name: "Send poll" }).click();
    const option = (person: Person, text: string) => person.page.locator(".poll-option").filter({ hasText: text });
    await option(k, "Soup").click();
    await option(j, "Soup").filter({ hasText: "100%" }).waitFor();
    await option(j, "Bread").click();
    await option(k, "Bread").filter({ hasText: "50%" }).waitFor();
    expect(await option(k, "Soup").getAttribute("aria-pressed")).toBe("true");
    await j.page.getByRole("button", { name: "2 votes" }).click();
    await j.page.getByRole("dialog", { name: "Votes" }).getByText("Kim Ford").waitFor();
    await j.page.keyboard.press("Escape");
    await option(k, "Soup").click();
    // Taken back for both, before it is over.
    await option(j, "Bread").filter({ hasText: "100%" }).waitFor();
    await menu(j, "Soup or bread?", "close_poll");
    // What is over shows how it came out, what one chose, and when it ended: there is nothing to press.
    const over = k.page.locator(".poll").filter({ hasText: "Final results" });
    await over.waitFor({ timeout: SOON });
    await over.getByText(/^Ended .*\d/).waitFor();
    expect(await option(k, "Soup").getByRole("button").count()).toBe(0);
    expect(await over.locator("button.poll-option, .poll-mark").count()).toBe(0);
    await option(j, "Bread").filter({ hasText: "100%" }).getByRole("img", { name: "Your choice" }).waitFor();
    expect(await over.getByRole("img", { name: "Your choice" }).count()).toBe(0);
    expect([...j.complaints, ...k.complaints]).toEqual([]);
  });

  test("UI64 a place, a card and a sticker arrive as what they are", async () => {
    const [lea, max] = await Promise.all([stage.account("Lea Frost"), stage.account("Max Orr")]);
    await stage.direct(lea, max, [[max, "Hello"]]);
    const [l, m] = await Promise.all([
      stage.signIn(lea, { geolocation: { latitude: 54.3233, longitude: 10.1394 }, permissions: ["geolocation"] }),
      stage.signIn(max),
    ]);
    await Promise.all([l.openChat("Max Orr"), m.openChat("Lea Frost")]);
    const add = async (item: string): Promise<void> => {
      await l.page.getByRole("button", { name: "Add" }).click();
      await l.page.getByRole("menuitem", { name: item }).click();
    };
    await add("Location");
    await l.page.getByRole("button", { name: "Use where I am" }).click();
    await l.page.getByLabel("Name of the place").fill("The crane");
    await l.page.getByRole("dialog").locator(".place").waitFor();
    await l.page.getByRole("button", { name: "Send location" }).click();
    const place = m.page.locator(".place").filter({ hasText: "The crane" });
    await place.filter({ hasText: "54.32330° N" }).waitFor();
    expect(await place.getByRole("link").getAttribute("href")).toContain("openstreetmap.org");
    await add("Contact");
    await l.page.getByRole("radio", { name: "Somebody else" }).click();
    await l.page.getByLabel("Name", { exact: true }).fill("Harbour office");
    await l.page.getByLabel("Phone").fill("+49 431 555 0100");
    await l.page.getByRole("button", { name: "Send contact" }).click();
    await m.page.locator('.contact a[href="tel:+494315550100"]').waitFor();
    await l.page.getByRole("button", { name: "Emoji" }).click();
    await l.page.getByRole("radio", { name: "Stickers" }).click();
    await l.page.getByRole("button", { name: "Fast asleep" }).click();
    await m.page.getByRole("img", { name: "Fast asleep" }).waitFor();
    expect([...l.complaints, ...m.complaints]).toEqual([]);
  });
});

describe("stickers", () => {
  test("UI111 those that are sent most stand first", async () => {
    const [ria, sol] = await Promise.all([stage.account("Ria Bloom"), stage.account("Sol Wren")]);
    const chatId = await stage.direct(ria, sol);
    for (let i = 0; i < 3; i++)
      await callAs(stage.url, ria.token, "POST", `/chats/${chatId}/messages`, {
        message_type: "sticker",
        content: { sticker_id: "coffee" },
      });
    const first = async (): Promise<unknown> => {
      const { stickers } = (await callAs(stage.url, sol.token, "GET", "/stickers")) as {
        stickers: { sticker_id: string }[];
      };
      return stickers[0]?.sticker_id;
    };
    // Counts are gathered for some seconds.
    await expect.poll(first, { timeout: 2 * SOON }).toBe("coffee");
    const s = await stage.signIn(sol, {}, `/c/${chatId}`);
    const learnt = s.page.waitForResponse((response) => response.url().endsWith("/stickers"));
    await s.page.getByRole("button", { name: "Emoji" }).click();
    await (await learnt).finished();
    await s.page.getByRole("radio", { name: "Stickers" }).click();
    const often = s.page.getByRole("list", { name: "Often sent" });
    await often.getByRole("button").first().waitFor();
    expect(await often.getByRole("button").first().getAttribute("aria-label")).toBe("With a cup of coffee");
    const others = s.page.getByRole("list", { name: "All others" });
    expect(await others.getByRole("button", { name: "With a cup of coffee" }).count()).toBe(0);
    await often.locator("button:focus").waitFor();
    await s.page.keyboard.press("Enter");
    await s.page.locator(".message [role=img][aria-label='With a cup of coffee']").nth(3).waitFor();
    expect(s.complaints).toEqual([]);
  });
});

describe("what is not sent yet", () => {
  test("UI75 it can be changed, answered and reacted to, and arrives as it was left", async () => {
    const [nia, oto] = await Promise.all([stage.account("Nia Beck"), stage.account("Oto Graf")]);
    await stage.direct(nia, oto, [[oto, "Are you there?"]]);
    const [n, o] = await Promise.all([stage.signIn(nia), stage.signIn(oto)]);
    await Promise.all([n.openChat("Oto Graf"), o.openChat("Nia Beck")]);
    await n.context.setOffline(true);
    await n.write("Helo Oto");
    await n.message("Helo Oto").waitFor();
    await n.composer.press("ArrowUp");
    await expect.poll(() => n.composer.inputValue()).toBe("Helo Oto");
    await n.write("Hello Oto");
    await n.message("Hello Oto").waitFor();
    await n.message("Hello Oto").focus();
    await n.page.keyboard.press("r");
    await n.page.locator(".composer-banner").waitFor();
    await n.write("And good evening");
    await n.message("Hello Oto").first().focus();
    await n.page.keyboard.press("+");
    await n.page.getByRole("button", { name: "React with 🙏" }).click();
    await n.context.setOffline(false);
    await o.message("And good evening").locator(".quote").filter({ hasText: "Hello Oto" }).waitFor();
    await o.message("Hello Oto").first().locator(".reaction").filter({ hasText: "1" }).waitFor();
    expect(await o.message("Helo Oto").count()).toBe(0);
    expect(o.complaints).toEqual([]);
  });
});
