import { evictDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { newClientMsgId } from "../../src/protocol/ids.ts";
import { connect, draft, faultOf, inChat, makeDirect, makeGroup, person, sql } from "./room.ts";

async function group(messages = 3) {
  const people = ["Ada", "Bela", "Cleo"].map(person);
  const made = await makeGroup(people);
  const [ada, bela, cleo] = people.map((p) => p.user_id) as [string, string, string];
  for (let i = 0; i < messages; i++) await made.stub.send(bela, draft(`m${i}`, 1));
  return { ...made, ada, bela, cleo };
}

const pin = (seq: number, is_pinned = true, command_id: string = newClientMsgId()) => ({ seq, is_pinned, command_id });

describe("pins", () => {
  it("PIN1 pins for everybody with a notice in the same step, and unpins without one", async () => {
    const { chatId, ada, bela } = await group();
    const [staff, reader] = [await connect(chatId, ada), await connect(chatId, bela)];
    staff.send({ type: "SET_PIN", message_id: `${chatId}.2`, command_id: "p1", is_pinned: true });
    expect(await staff.next("COMMAND_ACK")).toMatchObject({ command_id: "p1", rev: 5 });
    const { base, rev, messages } = await reader.next("MESSAGES_CHANGED");
    expect([base, rev]).toEqual([4, 5]);
    expect(messages?.map((m) => [m.seq, m.rev, m.pinned_at !== undefined, m.message_type])).toEqual([
      [2, 5, true, "text"],
      [5, 5, false, "system"],
    ]);
    expect(messages?.[1]?.content).toEqual({ event: "message_pinned", actor_id: ada, message_id: `${chatId}.2` });
    staff.send({ type: "SET_PIN", message_id: `${chatId}.2`, command_id: "p2", is_pinned: false });
    const unpinned = await reader.next("MESSAGES_CHANGED", 2);
    expect(unpinned.messages).toHaveLength(1);
    expect(unpinned.messages?.[0]).not.toHaveProperty("pinned_at");
  });

  it("PIN1 is the right of staff in a group, of both in a direct chat; notices, tombstones and nothing cannot be pinned", async () => {
    const { stub, ada, bela } = await group();
    expect(await faultOf(stub.setPin(bela, pin(2)))).toBe("forbidden");
    await stub.setRole(ada, bela, "moderator");
    expect(await stub.setPin(bela, pin(2))).toHaveProperty("pinned_at");
    expect(await faultOf(stub.setPin(ada, pin(1)))).toBe("forbidden");
    await stub.deleteMessage(ada, 3);
    expect(await faultOf(stub.setPin(ada, pin(3)))).toBe("not_found");
    expect(await faultOf(stub.setPin(ada, pin(77)))).toBe("not_found");
    expect(await faultOf(stub.setPin(person("Eve").user_id, pin(2)))).toBe("not_found");
    const [one, other] = [person("One"), person("Other")];
    const direct = await makeDirect(one, other);
    await direct.stub.send(one.user_id, draft("hello", 0));
    expect(await direct.stub.setPin(other.user_id, pin(1))).toHaveProperty("pinned_at");
  });

  it("PIN2 lists the latest pin first, in snapshots too, and refuses the 101st", async () => {
    const { chatId, stub, ada, bela } = await group(101);
    for (const seq of [4, 2, 3]) await stub.setPin(ada, pin(seq));
    expect((await stub.pins(bela)).map((m) => m.seq)).toEqual([3, 2, 4]);
    await stub.setPin(ada, pin(2, false));
    const device = await connect(chatId, bela);
    expect((await device.next("SNAPSHOT")).pins?.map((m) => [m.seq, m.content])).toEqual([
      [3, { text: "m1" }],
      [4, { text: "m2" }],
    ]);
    for (let seq = 5; seq <= 102; seq++) await stub.setPin(ada, pin(seq));
    expect(await stub.pins(bela)).toHaveLength(100);
    expect(await faultOf(stub.setPin(ada, pin(2)))).toBe("too_many");
    await stub.setPin(ada, pin(50, false));
    await stub.setPin(ada, pin(2));
    expect((await stub.pins(bela))[0]?.seq).toBe(2);
  });

  it("PIN2 keeps from a newcomer what is hidden from them", async () => {
    const { stub, ada } = await group();
    await stub.update(ada, { settings: { has_history_from_join: true } });
    const late = person("Late");
    await stub.addMembers(ada, [late]);
    const { ack } = await stub.send(ada, draft("later", 1));
    await stub.setPin(ada, pin(2));
    await stub.setPin(ada, pin(ack.seq));
    expect((await stub.pins(late.user_id)).map((m) => m.seq)).toEqual([ack.seq]);
  });

  it("PIN3 pins once, however often it is asked", async () => {
    const { chatId, stub, ada } = await group();
    const [first, back] = [pin(2, true, "p1"), pin(2, false, "p2")];
    await stub.setPin(ada, first);
    await stub.setPin(ada, first);
    await stub.setPin(ada, pin(2, true, "p3"));
    await stub.setPin(ada, back);
    for (let life = 0; life < 2; life++) {
      expect(await stub.setPin(ada, first)).not.toHaveProperty("pinned_at");
      await stub.setPin(ada, back);
      await evictDurableObject(stub);
    }
    expect(await sql(chatId, "SELECT seq FROM message WHERE content LIKE '%message_pinned%'")).toHaveLength(1);
    // Made, pinned, unpinned.
    expect(await sql(chatId, "SELECT rev FROM change")).toHaveLength(3);
  });

  it("PIN3 gives the repeat of a command that found it pinned no effect, once it was unpinned", async () => {
    const { stub, ada } = await group();
    await stub.setPin(ada, pin(2, true, "p1"));
    await stub.setPin(ada, pin(2, true, "p2"));
    await stub.setPin(ada, pin(2, false, "p3"));
    await evictDurableObject(stub);
    expect(await stub.setPin(ada, pin(2, true, "p2"))).not.toHaveProperty("pinned_at");
  });

  it("PIN4 unpins what is deleted", async () => {
    const { stub, ada, bela } = await group();
    await stub.setPin(ada, pin(2));
    await stub.deleteMessage(bela, 2);
    expect(await stub.pins(ada)).toEqual([]);
    expect(await stub.message(ada, 2)).not.toHaveProperty("pinned_at");
  });

  it("PIN1 writes four rows, and unpinning three", async () => {
    const { chatId, ada } = await group();
    await inChat(chatId, async (object) => {
      const before = object.db.rows.written;
      await object.setPin(ada, pin(2));
      // Message, its place among the pins, notice, change.
      expect(object.db.rows.written - before).toBe(4);
      const pinned = object.db.rows.written;
      await object.setPin(ada, pin(2, false));
      expect(object.db.rows.written - pinned).toBeLessThanOrEqual(3);
    });
  });
});
