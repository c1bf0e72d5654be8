import { evictDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { newClientMsgId } from "../../src/protocol/ids.ts";
import { connect, draft, faultOf, inChat, makeDirect, makeGroup, person, setClock, sql } from "./room.ts";

async function group(count = 3) {
  const people = Array.from({ length: count }, (_, i) => person(`Person${i}`));
  const made = await makeGroup(people);
  const ids = people.map((p) => p.user_id) as [string, string, string, ...string[]];
  await made.stub.send(ids[0], draft("react to me", 1));
  return { ...made, ids };
}

const react = (emoji: string, is_set = true, command_id: string = newClientMsgId(), seq = 2) => ({
  ...{ seq, command_id, emoji, is_set },
});

describe("reactions", () => {
  it("RCT1 sets and takes back an emoji of a person, once each, and tells everybody the whole row", async () => {
    const { chatId, ids } = await group();
    const [ada, bela] = [await connect(chatId, ids[0]), await connect(chatId, ids[1])];
    const frame = { type: "SET_REACTION", message_id: `${chatId}.2`, emoji: "👍🏽" };
    bela.send({ ...frame, command_id: "c1", is_set: true });
    expect(await bela.next("COMMAND_ACK")).toMatchObject({ command_id: "c1", rev: 3 });
    const [row] = (await ada.next("MESSAGES_CHANGED")).messages ?? [];
    expect(row).toMatchObject({ seq: 2, rev: 3, reactions: [{ emoji: "👍🏽", count: 1, user_ids: [ids[1]] }] });
    // A second time, by another command: nothing happens, and it is answered.
    bela.send({ ...frame, command_id: "c2", is_set: true });
    expect(await bela.next("COMMAND_ACK", 2)).toMatchObject({ command_id: "c2", rev: 3 });
    bela.send({ ...frame, command_id: "c3", is_set: false });
    expect(await bela.next("COMMAND_ACK", 3)).toMatchObject({ command_id: "c3", rev: 4 });
    expect((await ada.next("MESSAGES_CHANGED", 2)).messages?.[0]).not.toHaveProperty("reactions");
    await ada.settle();
    expect(ada.of("MESSAGES_CHANGED")).toHaveLength(2);
  });

  it("RCT1 is for members: also of a direct chat, not for strangers and who was removed", async () => {
    const { stub, ids } = await group();
    expect(await faultOf(stub.setReaction(person("Eve").user_id, react("👍")))).toBe("not_found");
    await stub.removeMember(ids[0], ids[2]);
    expect(await faultOf(stub.setReaction(ids[2], react("👍")))).toBe("removed");
    const [one, other] = [person("One"), person("Other")];
    const direct = await makeDirect(one, other);
    await direct.stub.send(one.user_id, draft("hello", 0));
    expect((await direct.stub.setReaction(other.user_id, react("❤️", true, "d", 1))).reactions).toHaveLength(1);
  });

  it("RCT2 counts all, names the first 50 in the order of setting, and lists everybody", async () => {
    const { stub, ids } = await group(55);
    const order = [...ids].reverse();
    for (const id of order) await stub.setReaction(id, react("🎉"));
    await stub.setReaction(ids[0], react("👀"));
    const { reactions } = await stub.message(ids[0], 2);
    expect(reactions?.map((r) => [r.emoji, r.count, r.user_ids])).toEqual([
      ["🎉", 55, order.slice(0, 50)],
      ["👀", 1, [ids[0]]],
    ]);
    const all = await stub.reactions(ids[1], 2);
    expect(all.map((r) => [r.emoji, r.people.map((p) => p.user_id)])).toEqual([
      ["🎉", order],
      ["👀", [ids[0]]],
    ]);
    expect(all[1]?.people[0]?.display_name).toBe("Person0");
  });

  it("RCT3 refuses a 21st emoji, takes more of those that are there, and lets places free", async () => {
    const { stub, ids } = await group();
    const many = Array.from({ length: 21 }, (_, i) => String.fromCodePoint(0x1f600 + i));
    for (const emoji of many.slice(0, 20)) await stub.setReaction(ids[0], react(emoji));
    const last = many[20] ?? "";
    expect(await faultOf(stub.setReaction(ids[1], react(last)))).toBe("too_many");
    await stub.setReaction(ids[1], react(many[3] ?? ""));
    await stub.setReaction(ids[0], react(many[0] ?? "", false));
    expect((await stub.setReaction(ids[1], react(last))).reactions).toHaveLength(20);
  });

  it("RCT4 gives repeats no second effect: after the state changed, removal, deletion and eviction", async () => {
    const { chatId, stub, ids } = await group();
    const [ada, bela] = ids;
    const set = react("👍", true, "c1");
    const back = react("👍", false, "c2");
    const first = await stub.setReaction(bela, set);
    await stub.setReaction(bela, back);
    const revs = async () => (await sql<{ rev: number }>(chatId, "SELECT rev FROM change")).map((row) => row.rev);
    const before = await revs();
    for (let life = 0; life < 2; life++) {
      expect(await stub.setReaction(bela, set)).not.toHaveProperty("reactions");
      await stub.setReaction(bela, back);
      await evictDurableObject(stub);
    }
    expect(await revs()).toEqual(before);
    const device = await connect(chatId, bela);
    device.send({ type: "SET_REACTION", message_id: `${chatId}.2`, command_id: "c1", emoji: "👍", is_set: true });
    expect((await device.next("COMMAND_ACK")).rev).toBe(first.rev);
    await stub.removeMember(ada, bela);
    await stub.setReaction(bela, set);
    await stub.deleteMessage(ada, 2);
    await stub.setReaction(bela, set);
    expect(await faultOf(stub.setReaction(bela, react("👍", true, "c3")))).toBe("removed");
  });

  it("RCT4 gives the repeat of a command that changed nothing no effect either, when the state has changed since", async () => {
    const { chatId, stub, ids } = await group();
    const [, bela] = ids;
    const first = await stub.setReaction(bela, react("👍", true, "c1"));
    // Another device of hers: it is set already. Its answer is lost …
    expect(await stub.setReaction(bela, react("👍", true, "c2"))).toMatchObject({ rev: first.rev });
    await stub.setReaction(bela, react("👍", false, "c3"));
    await evictDurableObject(stub);
    // … and it asks again.
    expect(await stub.setReaction(bela, react("👍", true, "c2"))).not.toHaveProperty("reactions");
    const device = await connect(chatId, bela);
    device.send({ type: "SET_REACTION", message_id: `${chatId}.2`, command_id: "c2", emoji: "👍", is_set: true });
    expect((await device.next("COMMAND_ACK")).rev).toBe(first.rev);
  });

  it("RCT4 RCT8 shows nothing new to who repeats a command after they were removed", async () => {
    const { stub, ids } = await group();
    const [ada, bela] = ids;
    const mine = await stub.send(bela, draft("mine", 2));
    const set = react("👍", true, "c1");
    await stub.setReaction(bela, set);
    await stub.removeMember(ada, bela);
    await stub.setReaction(ada, react("🤫"));
    await stub.setReaction(ada, react("🤫", true, "c", 3));
    await stub.editMessage(ada, { seq: 2, command_id: "e", content: { text: "not for Bela" } });
    const told = await stub.setReaction(bela, set);
    expect(told).toMatchObject({ seq: 2, content: null, is_hidden: true });
    expect(JSON.stringify(told)).not.toMatch(/Bela|🤫/);
    const { message } = await stub.send(bela, { ...draft("mine", 2), client_msg_id: mine.ack.client_msg_id });
    expect(message).toMatchObject({ seq: 3, content: { text: "mine" } });
    expect(message).not.toHaveProperty("reactions");
  });

  it("RCT9 remembers the commands of the last two thousand people alone: a row has an end", async () => {
    const { chatId, stub, ids } = await group();
    const crowd = Object.fromEntries(Array.from({ length: 2_500 }, (_, i) => [`u${i}`, ["mark", i]]));
    await sql(chatId, "UPDATE message SET commands = ? WHERE seq = 2", JSON.stringify(crowd));
    const set = react("👍", true, "c1");
    await stub.setReaction(ids[1], set);
    await stub.setReaction(ids[1], react("👍", false, "c2"));
    const [row] = await sql<{ commands: string }>(chatId, "SELECT commands FROM message WHERE seq = 2");
    const kept = Object.keys(JSON.parse(row?.commands ?? "{}"));
    expect([kept.length, kept[0], kept.at(-1)]).toEqual([2_000, "u501", ids[1]]);
    expect(await stub.setReaction(ids[1], set)).not.toHaveProperty("reactions");
  });

  it("RCT5 takes reactions from a message that is deleted, and allows none on tombstones, notices and hidden messages", async () => {
    const { stub, ids } = await group();
    await stub.setReaction(ids[1], react("👍"));
    expect(await stub.deleteMessage(ids[0], 2)).not.toHaveProperty("reactions");
    expect(await faultOf(stub.setReaction(ids[1], react("👍")))).toBe("not_found");
    expect(await faultOf(stub.setReaction(ids[1], react("👍", true, "n", 1)))).toBe("forbidden");
    await stub.send(ids[0], draft("before", 2));
    await stub.update(ids[0], { settings: { has_history_from_join: true } });
    const late = person("Late");
    await stub.addMembers(ids[0], [late]);
    expect(await faultOf(stub.setReaction(late.user_id, react("👍", true, "h", 3)))).toBe("not_found");
    // What others do to it is no news of theirs.
    const { chatId } = { chatId: (await stub.view(ids[0])).chat.chat_id };
    const device = await connect(chatId, late.user_id);
    await stub.setReaction(ids[1], react("👍", true, "o", 3));
    const [stub3] = (await device.next("MESSAGES_CHANGED")).messages ?? [];
    expect(stub3).toMatchObject({ seq: 3, is_hidden: true, content: null });
    expect(stub3).not.toHaveProperty("reactions");
  });

  it("RCT6 writes two rows and owes no hub a bump", async () => {
    const { chatId, ids } = await group();
    await inChat(chatId, async (object, ctx) => {
      await ctx.storage.deleteAlarm();
      for (const by of ids) {
        const { written, alarms } = object.db.rows;
        await object.setReaction(by, react("👍"));
        expect([object.db.rows.written - written, object.db.rows.alarms - alarms]).toEqual([2, 0]);
      }
    });
  });

  it("SOC3 reactions share the limit of messages", async () => {
    const { chatId, ids } = await group();
    const now = Date.now();
    await setClock(chatId, () => now);
    await inChat(chatId, async (object) => {
      let fault = "no fault";
      for (let i = 0; i < 2_000 && fault === "no fault"; i++)
        fault = await faultOf(object.setReaction(ids[1], react("👍", i % 2 === 0)));
      expect(fault).toBe("rate_limited");
    });
  });
});
