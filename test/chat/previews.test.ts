import { describe, expect, it } from "vitest";
import { newClientMsgId } from "../../src/protocol/ids.ts";
import type { PreviewJob } from "../../src/protocol/job.ts";
import { connect, draft, eventually, evict, inChat, makeGroup, person, sql } from "./room.ts";

const URL_A = "https://example.com/a";
const URL_B = "https://example.org/b";
const cardOf = (url: string) => ({ url, title: "A page", description: "About it", site_name: "Example" });

/** A group whose queue of links is listened to. */
async function group(settings = {}) {
  const people = ["Ada", "Bela"].map(person);
  const made = await makeGroup(people, { settings });
  const [ada, bela] = people.map((p) => p.user_id) as [string, string];
  const asked: PreviewJob[] = [];
  const listen = () =>
    inChat(made.chatId, (object) => {
      const { env } = object as unknown as { env: { CHORES: { send(job: PreviewJob): Promise<void> } } };
      env.CHORES = { send: async (job) => void asked.push(job) };
    });
  await listen();
  return { ...made, ada, bela, asked, listen };
}

describe("link previews", () => {
  it("LNK1 asks for the first link of a text, in one row, and for nothing else", async () => {
    const { stub, chatId, ada, asked } = await group();
    const before = await inChat(chatId, (object) => object.db.rows.written);
    await stub.send(ada, draft(`see ${URL_A}, then ${URL_B}`, 1));
    await stub.send(ada, draft("no address here, not even ftp://example.com", 1));
    await eventually(() => asked.length > 0, "the job");
    expect(asked).toEqual([{ kind: "preview", chat_id: chatId, seq: 2, url: URL_A }]);
    // Two messages, and the alarm and receipts that any burst pays.
    expect((await inChat(chatId, (object) => object.db.rows.written)) - before).toBeLessThanOrEqual(4);
  });

  it("LNK1 asks for nothing where the chat wants none", async () => {
    const { stub, ada, asked } = await group({ has_link_previews: false });
    await stub.send(ada, draft(URL_A, 1));
    await stub.send(ada, draft("so", 1));
    expect(asked).toEqual([]);
    await stub.putPreview(2, cardOf(URL_A));
    expect(await stub.message(ada, 2)).not.toHaveProperty("link_preview");
  });

  it("LNK2 shows the card to everybody as one step, in two rows, once", async () => {
    const { stub, chatId, ada, bela } = await group();
    await stub.send(ada, draft(URL_A, 1));
    const reader = await connect(chatId, bela);
    await reader.settle();
    const before = await inChat(chatId, (object) => object.db.rows.written);
    await stub.putPreview(2, cardOf(URL_A));
    const { messages, rev } = await reader.next("MESSAGES_CHANGED");
    expect(messages?.[0]).toMatchObject({ seq: 2, rev, link_preview: cardOf(URL_A) });
    expect((await inChat(chatId, (object) => object.db.rows.written)) - before).toBe(2);
    await stub.putPreview(2, cardOf(URL_A));
    await reader.settle();
    expect(reader.of("MESSAGES_CHANGED")).toHaveLength(1);
    await evict(chatId);
    expect((await stub.message(bela, 2)).link_preview).toEqual(cardOf(URL_A));
  });

  it("LNK2 shows no card of a link that is not the message's, or of a message that is gone", async () => {
    const { stub, ada } = await group();
    await stub.send(ada, draft(URL_A, 1));
    await stub.putPreview(2, cardOf(URL_B));
    await stub.putPreview(1, cardOf(URL_A));
    await stub.putPreview(99, cardOf(URL_A));
    expect(await stub.message(ada, 2)).not.toHaveProperty("link_preview");
    await stub.deleteMessage(ada, 2);
    await stub.putPreview(2, cardOf(URL_A));
    expect(await stub.message(ada, 2)).not.toHaveProperty("link_preview");
  });

  it("LNK2 tells who may not see the message nothing of its card", async () => {
    const { stub, chatId, ada } = await group({ has_history_from_join: true });
    await stub.send(ada, draft(URL_A, 1));
    const late = person("Late");
    await stub.addMembers(ada, [late]);
    const device = await connect(chatId, late.user_id);
    await stub.putPreview(2, cardOf(URL_A));
    const { messages } = await device.next("MESSAGES_CHANGED");
    expect(messages?.[0]).toMatchObject({ seq: 2, is_hidden: true });
    expect(JSON.stringify(device.raw)).not.toContain("A page");
  });

  it("LNK3 follows edits, and goes with the message", async () => {
    const { stub, chatId, ada, asked } = await group();
    const edit = (text: string) => stub.editMessage(ada, { seq: 2, command_id: newClientMsgId(), content: { text } });
    await stub.send(ada, draft(URL_A, 1));
    await stub.putPreview(2, cardOf(URL_A));
    expect(await edit(`${URL_A} it is`)).toHaveProperty("link_preview");
    expect(await edit(`rather ${URL_B}`)).not.toHaveProperty("link_preview");
    await eventually(() => asked.length === 2, "the second job");
    expect(asked.map((job) => job.url)).toEqual([URL_A, URL_B]);
    await stub.putPreview(2, cardOf(URL_B));
    await stub.deleteMessage(ada, 2);
    expect(await sql(chatId, "SELECT link_preview FROM message WHERE seq = 2")).toEqual([{ link_preview: null }]);
  });
});
