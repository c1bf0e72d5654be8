import { evictDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import type { ChatSettings } from "../../src/protocol/chat.ts";
import { newClientMsgId } from "../../src/protocol/ids.ts";
import { connect, connectHub, draft, eventually, faultOf, inChat, makeGroup, person, setClock, sql } from "./room.ts";

async function group(settings?: Partial<ChatSettings>) {
  const people = ["Ada", "Bela", "Cleo"].map(person);
  const made = await makeGroup(people, settings === undefined ? {} : { settings });
  const [ada, bela, cleo] = people.map((p) => p.user_id) as [string, string, string];
  return { ...made, ada, bela, cleo };
}

const entryOf = (chatId: string, userId: string) =>
  inChat(chatId, async (object) => (await object.readHead(userId))?.entry);

const edit = (seq: number, text: string, message_rev?: number, command_id: string = newClientMsgId()) => ({
  ...{ seq, command_id, content: { text } },
  ...(message_rev === undefined ? {} : { message_rev }),
});

describe("edits", () => {
  it("EDT1 changes the text for everybody, acknowledges to its socket alone, and lets the preview follow", async () => {
    const { chatId, stub, ada, bela } = await group();
    await stub.send(ada, draft("frist", 1));
    await stub.setReaction(bela, { seq: 2, command_id: "r", emoji: "👍", is_set: true });
    const [phone, laptop, reader] = [
      await connect(chatId, ada),
      await connect(chatId, ada),
      await connect(chatId, bela),
    ] as const;
    phone.send({
      ...{ type: "EDIT_MESSAGE", message_id: `${chatId}.2`, command_id: "e1", message_rev: 3 },
      content: { text: "first\r\n" },
    });
    expect(await phone.next("COMMAND_ACK")).toEqual({ type: "COMMAND_ACK", chat_id: chatId, command_id: "e1", rev: 4 });
    const { messages, base, rev } = await reader.next("MESSAGES_CHANGED");
    expect([base, rev, messages?.length]).toEqual([3, 4, 1]);
    expect(messages?.[0]).toMatchObject({
      ...{ seq: 2, rev: 4, content: { text: "first\n" } },
      reactions: [{ emoji: "👍", count: 1, user_ids: [bela] }],
    });
    expect(messages?.[0]?.edited_at).toBeDefined();
    await laptop.settle();
    expect(laptop.of("COMMAND_ACK")).toEqual([]);
    const hub = await connectHub(bela);
    await eventually(
      () =>
        [...hub.of("INBOX_SNAPSHOT"), ...hub.of("INBOX_CHANGED")]
          .flatMap((f) => f.entries)
          .some((entry) => entry.preview?.text === "first"),
      "the new preview",
    );
    // One that is not the newest changes nobody's list.
    await stub.send(ada, draft("second", 2));
    await stub.editMessage(ada, edit(2, "First"));
    expect(await entryOf(chatId, bela)).toMatchObject({ unread: 2, preview: { text: "second" } });
  });

  it("EDT1 refuses others' messages, notices, forwards and what is not there", async () => {
    const { chatId, stub, ada, bela } = await group();
    await stub.send(ada, draft("mine", 1));
    expect(await faultOf(stub.editMessage(bela, edit(2, "stolen")))).toBe("forbidden");
    expect(await faultOf(stub.editMessage(ada, edit(1, "a notice")))).toBe("forbidden");
    expect(await faultOf(stub.editMessage(ada, edit(9, "nothing")))).toBe("not_found");
    expect(await faultOf(stub.editMessage(person("Eve").user_id, edit(2, "hers")))).toBe("not_found");
    await stub.forward(bela, { client_msg_id: "f", source_message_id: `${chatId}.2` });
    expect(await faultOf(stub.editMessage(bela, edit(3, "put in her mouth")))).toBe("forbidden");
  });

  it("EDT2 keeps to the window of the chat by the server's clock", async () => {
    const { chatId, stub, ada } = await group();
    const sentAt = Date.parse((await stub.send(ada, draft("text", 1))).message.created_at);
    await setClock(chatId, () => sentAt + 299_999);
    await stub.editMessage(ada, edit(2, "in time"));
    await setClock(chatId, () => sentAt + 300_000);
    expect(await faultOf(stub.editMessage(ada, edit(2, "a moment late")))).toBe("too_late");
    await stub.update(ada, { settings: { edit_window_s: null } });
    await setClock(chatId, () => sentAt + 10 ** 10);
    await stub.editMessage(ada, edit(2, "always"));
    await stub.update(ada, { settings: { edit_window_s: 0 } });
    await setClock(chatId, () => sentAt);
    expect(await faultOf(stub.editMessage(ada, edit(2, "never")))).toBe("too_late");
    expect((await group({ edit_window_s: 60 })).view.chat.settings.edit_window_s).toBe(60);
  });

  it("EDT2 gives a chat that is older than the setting the usual window", async () => {
    const { chatId, stub, ada } = await group();
    await sql(chatId, `UPDATE chat SET settings = '{"has_history_from_join":true}'`);
    await evictDurableObject(stub);
    expect((await stub.view(ada)).chat.settings).toMatchObject({ has_history_from_join: true, edit_window_s: 300 });
  });

  it("EDT3 refuses an edit of a text that has changed since, with the row as it is; others' reactions do not count", async () => {
    const { chatId, stub, ada, bela } = await group();
    const { message } = await stub.send(ada, draft("one", 1));
    await stub.setReaction(bela, { seq: 2, command_id: "r", emoji: "🎉", is_set: true });
    await stub.editMessage(ada, edit(2, "two", message.rev));
    const device = await connect(chatId, ada);
    device.send({
      ...{ type: "EDIT_MESSAGE", message_id: `${chatId}.2`, command_id: "late", message_rev: message.rev },
      content: { text: "three" },
    });
    expect(await device.next("ERROR")).toMatchObject({
      ...{ code: "stale", command_id: "late" },
      details: { message: { seq: 2, rev: 4, content: { text: "two" } } },
    });
    expect(await faultOf(stub.editMessage(ada, edit(2, "from the future", 99)))).toBe("stale");
    await stub.deleteMessage(ada, 2);
    expect(await faultOf(stub.editMessage(ada, edit(2, "back to life", 4)))).toBe("stale");
    expect(await faultOf(stub.editMessage(ada, edit(2, "back to life")))).toBe("not_found");
  });

  it("EDT4 recognises a repeat before rights and window: after removal, deletion and eviction", async () => {
    const { chatId, stub, ada, bela } = await group();
    const { message } = await stub.send(bela, draft("one", 1));
    const first = edit(2, "two", message.rev, "e1");
    const frame = {
      ...{ type: "EDIT_MESSAGE", message_id: `${chatId}.2`, command_id: "e1", message_rev: message.rev },
      content: { text: "two" },
    };
    const device = await connect(chatId, bela);
    device.send(frame);
    const { rev } = await device.next("COMMAND_ACK");
    await stub.editMessage(bela, edit(2, "three"));
    const before = await sql(chatId, "SELECT * FROM edit");
    device.send(frame);
    expect((await device.next("COMMAND_ACK", 2)).rev).toBe(rev);
    await setClock(chatId, () => Date.now() + 10 ** 9);
    expect((await stub.editMessage(bela, first)).content).toEqual({ text: "three" });
    await stub.removeMember(ada, bela);
    await evictDurableObject(stub);
    expect((await stub.editMessage(bela, first)).content).toEqual({ text: "three" });
    await stub.deleteMessage(ada, 2);
    expect((await stub.editMessage(bela, first)).content).toBeNull();
    expect(await faultOf(stub.editMessage(bela, edit(2, "new", undefined, "e9")))).toBe("removed");
    expect(await sql(chatId, "SELECT * FROM edit")).toHaveLength(before.length);
  });

  it("EDT4 takes no step of the clock for an edit that changes nothing", async () => {
    const { chatId, stub, ada } = await group();
    await stub.send(ada, draft("same", 1));
    expect((await stub.editMessage(ada, edit(2, "same"))).rev).toBe(2);
    expect(await sql(chatId, "SELECT * FROM edit")).toEqual([]);
  });

  it("EDT4 gives the repeat of an edit that changed nothing no effect, once the text is another", async () => {
    const { stub, ada } = await group();
    await stub.send(ada, draft("one", 1));
    await stub.editMessage(ada, edit(2, "one", undefined, "e1"));
    await stub.editMessage(ada, edit(2, "two", undefined, "e2"));
    await evictDurableObject(stub);
    expect((await stub.editMessage(ada, edit(2, "one", undefined, "e1"))).content).toEqual({ text: "two" });
  });

  it("EDT5 keeps what was said before, oldest first, until the message is deleted", async () => {
    const { chatId, stub, ada, bela } = await group();
    const { message } = await stub.send(ada, draft("one", 1));
    const two = await stub.editMessage(ada, edit(2, "two"));
    await stub.editMessage(ada, edit(2, "three"));
    expect(await stub.edits(bela, 2)).toEqual([
      { content: { text: "one" }, written_at: message.created_at },
      { content: { text: "two" }, written_at: two.edited_at },
    ]);
    expect(await faultOf(stub.edits(person("Eve").user_id, 2) as Promise<unknown>)).toBe("not_found");
    await stub.deleteMessage(ada, 2);
    expect(await stub.edits(bela, 2)).toEqual([]);
    expect(JSON.stringify(await sql(chatId, "SELECT * FROM edit"))).not.toMatch(/one|two|three/);
    expect(await stub.message(bela, 2)).not.toHaveProperty("edited_at");
  });

  it("EDT5 tells the latest hundred former texts alone: what one answer may hold has an end", async () => {
    const { chatId, stub, ada } = await group();
    await stub.send(ada, draft("now", 1));
    await stub.editMessage(ada, edit(2, "then"));
    await inChat(chatId, (_, ctx) => {
      const long = JSON.stringify({ text: "x".repeat(65_000) });
      const query = "INSERT INTO edit (seq, rev, command_id, content, written_at) VALUES (2, ?, ?, ?, 0)";
      for (let rev = 10; rev < 710; rev++) ctx.storage.sql.exec(query, rev, `many ${rev}`, long);
      ctx.storage.sql.exec(query, 710, "last", JSON.stringify({ text: "last" }));
    });
    const told = await stub.edits(ada, 2);
    expect([told.length, told.at(-1)?.content.text]).toEqual([100, "last"]);
  });

  it("EDT6 still answers the repeat of the send, and tells it from another message", async () => {
    const { stub, ada } = await group();
    const sent = draft("one", 1);
    const { ack } = await stub.send(ada, sent);
    await stub.editMessage(ada, edit(2, "two"));
    await stub.editMessage(ada, edit(2, "three"));
    for (let life = 0; life < 2; life++) {
      expect((await stub.send(ada, sent)).ack).toEqual(ack);
      expect(await faultOf(stub.send(ada, { ...sent, content: { text: "two" } }))).toBe("id_reused");
      expect(await faultOf(stub.send(ada, { ...sent, content: { text: "three" } }))).toBe("id_reused");
      await evictDurableObject(stub);
    }
    await stub.deleteMessage(ada, 2);
    expect((await stub.send(ada, sent)).ack).toEqual(ack);
  });

  it("EDT7 writes three rows", async () => {
    const { chatId, stub, ada } = await group();
    await stub.send(ada, draft("one", 1));
    await inChat(chatId, async (object) => {
      for (const text of ["two", "three"]) {
        const before = object.db.rows.written;
        await object.editMessage(ada, edit(2, text));
        expect(object.db.rows.written - before).toBe(3);
      }
    });
  });
});
