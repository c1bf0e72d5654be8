import { describe, expect, test } from "vitest";
import { callAs } from "./person.ts";
import { Stage } from "./stage.ts";

const stage = new Stage();

/** What runs tells so: the page marks itself when this is set (`watch`). */
const RUN = "self.__ran=1";
const SHAPES = [
  `<script>${RUN}</script>`,
  `</textarea><script>${RUN}</script>`,
  `"><script>${RUN}</script>`,
  `'><img src=x onerror=${RUN}>`,
  `<img src=x onerror="${RUN}">`,
  `<IMG SRC=x OnErRoR=${RUN}>`,
  `<img/src=x/onerror=${RUN}//`,
  `<svg onload=${RUN}>`,
  `<svg><script>${RUN}</script></svg>`,
  `<svg><animate onbegin=${RUN} attributeName=x dur=1s>`,
  `<math><mi xlink:href="javascript:${RUN}">x</mi></math>`,
  `<body onload=${RUN}>`,
  `<iframe src="javascript:parent.${RUN}"></iframe>`,
  `<iframe srcdoc="<script>parent.${RUN}</script>"></iframe>`,
  `<details open ontoggle=${RUN}>`,
  `<video><source onerror=${RUN}></video>`,
  `<audio src=x onerror=${RUN}>`,
  `<input autofocus onfocus=${RUN}>`,
  `<a href="javascript:${RUN}">x</a>`,
  `<object data="javascript:${RUN}">`,
  `<embed src="javascript:${RUN}">`,
  `<form action="javascript:${RUN}"><button>x</button></form>`,
  `<style>@import 'javascript:${RUN}';</style>`,
  `<link rel=stylesheet href="javascript:${RUN}">`,
  `<meta http-equiv=refresh content="0;url=javascript:${RUN}">`,
  `<base href="javascript:${RUN}//">`,
  `<marquee onstart=${RUN}>x</marquee>`,
  `<div style="background:url(javascript:${RUN})">x</div>`,
  `<template><script>${RUN}</script></template>`,
  `<noscript><p title="</noscript><img src=x onerror=${RUN}>">`,
] as const;

/** Each shape as it is, and inside everything that markup draws: a hundred in all, and a few that are of markup alone. */
const PAYLOADS = [
  ...SHAPES,
  ...SHAPES.slice(0, 20).map((shape) => `*${shape}*`),
  ...SHAPES.slice(0, 20).map((shape) => `> ${shape}\n- ${shape}`),
  ...SHAPES.slice(0, 20).map((shape) => `\`\`\`html\n${shape}\n\`\`\``),
  `javascript:${RUN}`,
  `[x](javascript:${RUN})`,
  `![x](x" onerror="${RUN})`,
  `https://example.org/"onmouseover="${RUN}`,
  `https://example.org/'><img src=x onerror=${RUN}>`,
  `data:text/html,<script>${RUN}</script>`,
  `{{constructor.constructor('${RUN}')()}}`,
  `$\{${RUN}}`,
  `@<img src=x onerror=${RUN}>`,
  `:<img src=x onerror=${RUN}>:`,
];

const watch = `Object.defineProperty(self, "__ran", { set() { document.documentElement.dataset.ran = "1"; } });`;

describe("nothing that people write runs", () => {
  test("there are a hundred of them", () => {
    expect(new Set(PAYLOADS).size).toBeGreaterThanOrEqual(100);
  });

  test("UI70 as messages, names, polls, places and cards, in the chat, the list and every line about them", async () => {
    const evil = `<img src=x onerror=${RUN}>`;
    const [mal, vic] = await Promise.all([stage.account(evil), stage.account("Vic Lane")]);
    const chatId = await stage.group(mal, `"><svg onload=${RUN}>`, [vic], []);
    const say = (body: object) => callAs(stage.url, mal.token, "POST", `/chats/${chatId}/messages`, body);
    const chunk = 10;
    for (let i = 0; i < PAYLOADS.length; i += chunk)
      await say({ content: { text: PAYLOADS.slice(i, i + chunk).join("\n") } });
    const line = (text: string): string => text.replaceAll("\n", " ").slice(0, 100);
    await say({
      message_type: "poll",
      content: { question: line(SHAPES[0]), options: [line(SHAPES[4]), line(SHAPES[7])] },
    });
    await say({ message_type: "location", content: { latitude: 1, longitude: 2, label: line(SHAPES[4]) } });
    await say({ message_type: "contact", content: { name: line(SHAPES[12]) } });
    const v = await stage.open();
    await v.page.addInitScript(watch);
    v.page.on("dialog", (dialog) => {
      v.complaints.push(`a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    await v.signIn(vic.username);
    await v.page.locator(".chat-option").first().click();
    const list = v.page.locator(".timeline");
    await list.locator("[data-message]").first().waitFor();
    await list.hover();
    const seen = new Set<string>();
    // The list opens at the first unread message: up to the beginning, then all the way down, and again if need be.
    let by = -1_500;
    for (let i = 0; i < 400 && seen.size < PAYLOADS.length / chunk + 3; i += 1) {
      for (const key of await v.page
        .locator("[data-message]")
        .evaluateAll((rows) => rows.map((row) => (row as HTMLElement).dataset.message ?? "")))
        seen.add(key);
      await v.page.mouse.wheel(0, by);
      await v.rests();
      const [above, below] = await list.evaluate((one) => [
        one.scrollTop,
        one.scrollHeight - one.scrollTop - one.clientHeight,
      ]);
      if ((above ?? 0) < 1) by = 400;
      else if ((below ?? 0) < 1) by = -1_500;
    }
    expect(seen.size).toBeGreaterThanOrEqual(PAYLOADS.length / chunk + 3);
    // Nothing of it became an element of its own, and no link leads anywhere but to the web.
    expect(await list.locator("script, iframe, object, embed, form, img, style, base, link, meta").count()).toBe(0);
    const hrefs = await v.page
      .locator("a[href]")
      .evaluateAll((links) => links.map((link) => link.getAttribute("href")));
    expect(hrefs.filter((href) => !/^(https?:|mailto:|tel:|\/)/.test(href ?? ""))).toEqual([]);
    expect(await v.page.evaluate(() => document.documentElement.dataset.ran)).toBeUndefined();
    expect(v.complaints).toEqual([]);
  });

  test("UI70 typed into the fields of the screens by oneself", async () => {
    const [ann, bo] = await Promise.all([stage.account("Ann Reed"), stage.account("Bo Lark")]);
    await stage.group(ann, "Fields", [bo]);
    const a = await stage.open();
    await a.page.addInitScript(watch);
    await a.signIn(ann.username);
    await a.openChat("Fields");
    // Typed and taken away again: completion, previews and the draft in the list read each of them.
    for (const payload of PAYLOADS) await a.composer.fill(payload);
    await a.write(PAYLOADS[4] ?? "");
    await a.page.getByRole("button", { name: "Add" }).click();
    await a.page.getByRole("menuitem", { name: "Poll" }).click();
    const poll = a.page.getByRole("dialog", { name: "New poll" });
    await poll.getByLabel("Question").fill(SHAPES[0]);
    await poll.getByLabel("Answer 1").fill(SHAPES[4]);
    await poll.getByLabel("Answer 2").fill(SHAPES[7]);
    await poll.getByRole("button", { name: "Send poll" }).click();
    await a.page.locator(".poll").waitFor();
    for (const payload of SHAPES) await a.page.getByRole("searchbox", { name: "Search chats" }).fill(payload);
    await a.page.keyboard.press("Control+k");
    for (const payload of SHAPES.slice(0, 8)) await a.page.getByRole("dialog").getByRole("searchbox").fill(payload);
    expect(await a.page.evaluate(() => document.documentElement.dataset.ran)).toBeUndefined();
    expect(a.complaints).toEqual([]);
  });
});
