import { describe, expect, it } from "vitest";
import { chatCalls } from "../user/hub.ts";
import { chatStub, connect, crash, draft, evict, inChat, makeDirect, makeGroup, person, sql } from "./room.ts";

const hidden = (rev: number, more: { receipts?: boolean; typing?: boolean } = { receipts: true, typing: true }) => ({
  hides_receipts: more.receipts ?? false,
  hides_typing: more.typing ?? false,
  rev,
});

/** Ada, Bela and Cleo in a group, with a message of Ada's. */
async function scene() {
  const [ada, bela, cleo] = [person("Ada"), person("Bela"), person("Cleo")];
  const { chatId, stub } = await makeGroup([ada, bela, cleo]);
  await stub.send(ada.user_id, draft("hello"));
  return { ada, bela, cleo, chatId, stub };
}

const cursorOf = async (chatId: string, of: string, by: string) =>
  (await chatStub(chatId).view(by)).receipts.find((r) => r.user_id === of);

const rowsOf = async (chatId: string, work: () => Promise<unknown>): Promise<number> => {
  const count = () => inChat(chatId, (chat) => chat.db.rows.written);
  const before = await count();
  await work();
  return (await count()) - before;
};

describe("what members hide", () => {
  it("PRV1 a hidden read cursor is told to nobody else: not live, not in snapshots, pages and info; delivered is", async () => {
    const { ada, bela, cleo, chatId, stub } = await scene();
    await stub.setSigns(bela.user_id, hidden(1));
    const watching = await connect(chatId, ada.user_id);
    const { epoch, rev } = await watching.next("SNAPSHOT");
    const own = await connect(chatId, bela.user_id);
    await own.next("SNAPSHOT");
    own.send({ type: "MESSAGE_READ", seq: 2 });
    const { receipts } = await watching.next("RECEIPTS_CHANGED");
    expect(receipts).toContainEqual({ user_id: bela.user_id, delivered_seq: 2, read_seq: 1 });
    expect((await own.next("RECEIPTS_CHANGED")).receipts).toContainEqual({
      user_id: bela.user_id,
      delivered_seq: 2,
      read_seq: 2,
    });
    for (const by of [ada.user_id, cleo.user_id])
      expect(await cursorOf(chatId, bela.user_id, by)).toMatchObject({ delivered_seq: 2, read_seq: 1 });
    expect(await cursorOf(chatId, bela.user_id, bela.user_id)).toMatchObject({ read_seq: 2 });
    expect(await stub.delivery(ada.user_id, 2)).toContainEqual(
      expect.objectContaining({ user_id: bela.user_id, status: "delivered" }),
    );
    const late = await connect(chatId, ada.user_id, { cursor: { epoch, rev } });
    expect((await late.next("CAUGHT_UP")).receipts).toEqual(receipts);
    await evict(chatId);
    expect(await cursorOf(chatId, bela.user_id, ada.user_id)).toMatchObject({ read_seq: 1 });
  });

  it("PRV1 who comes back is told of like in a snapshot: what they hide, and to who hides nothing of it", async () => {
    const { ada, bela, cleo, chatId, stub } = await scene();
    for (const { user_id } of [bela, cleo]) await stub.setSigns(user_id, hidden(1));
    await stub.removeMember(ada.user_id, bela.user_id);
    const [everybody, hiding] = [await connect(chatId, ada.user_id), await connect(chatId, cleo.user_id)];
    for (const device of [everybody, hiding]) await device.next("SNAPSHOT");
    await stub.addMembers(ada.user_id, [bela]);
    const told = async (device: typeof hiding) => (await device.next("MEMBERS_CHANGED")).receipts;
    expect(await told(everybody)).toEqual([await cursorOf(chatId, bela.user_id, ada.user_id)]);
    expect(await told(hiding)).toEqual([await cursorOf(chatId, bela.user_id, cleo.user_id)]);
    expect(await cursorOf(chatId, bela.user_id, cleo.user_id)).toMatchObject({ read_seq: 0 });
  });

  it("PRV3 what changes while somebody is gone holds when they are back, and nobody hears of it before", async () => {
    const { ada, bela, chatId, stub } = await scene();
    await stub.setSigns(bela.user_id, hidden(1));
    await stub.removeMember(bela.user_id, bela.user_id);
    const { rev } = (await stub.view(ada.user_id)).chat;
    await stub.setSigns(bela.user_id, hidden(2, {}));
    await stub.setSigns(bela.user_id, hidden(1));
    expect((await stub.view(ada.user_id)).chat.rev).toBe(rev);
    await stub.addMembers(ada.user_id, [bela]);
    const { ack } = await stub.send(ada.user_id, draft("again"));
    await stub.markRead(bela.user_id, ack.seq);
    expect(await cursorOf(chatId, bela.user_id, ada.user_id)).toMatchObject({ read_seq: ack.seq });
  });

  it("PRV1 it is mutual: who hides is told no other's read cursor, and sees the chat anew when that changes", async () => {
    const { ada, bela, chatId, stub } = await scene();
    const own = await connect(chatId, bela.user_id);
    const { epoch, rev } = await own.next("SNAPSHOT");
    await stub.markRead(ada.user_id, 2);
    await stub.setSigns(bela.user_id, hidden(1));
    await own.until(() => own.of("SNAPSHOT").length === 2);
    const told = own.of("SNAPSHOT")[1]?.receipts.find((r) => r.user_id === ada.user_id);
    expect(told).toMatchObject({ read_seq: 0 });
    await stub.send(bela.user_id, draft("again"));
    await stub.markRead(ada.user_id, 3);
    await own.until(() =>
      own
        .of("RECEIPTS_CHANGED")
        .some((f) => f.receipts?.some((r) => r.delivered_seq === 3 && r.user_id === ada.user_id)),
    );
    expect(
      own
        .of("RECEIPTS_CHANGED")
        .at(-1)
        ?.receipts?.find((r) => r.user_id === ada.user_id)?.read_seq,
    ).toBe(0);
    // A cursor from before the change is answered with all of it.
    const late = await connect(chatId, bela.user_id, { cursor: { epoch, rev } });
    await late.next("SNAPSHOT");
    expect(await stub.delivery(bela.user_id, 3)).toContainEqual(
      expect.objectContaining({ user_id: ada.user_id, status: "delivered" }),
    );
    await stub.setSigns(bela.user_id, hidden(2, {}));
    await own.until(() => own.of("SNAPSHOT").length === 3);
    expect(own.of("SNAPSHOT")[2]?.receipts.find((r) => r.user_id === ada.user_id)?.read_seq).toBe(3);
  });

  it("PRV2 what is read in private moves no clock and is told nobody, and the own unread follows it, also after a crash", async () => {
    const [ada, bela] = [person("Ada"), person("Bela")];
    const { chatId, stub } = await makeDirect(ada, bela);
    await stub.send(ada.user_id, draft("secret"));
    await stub.setSigns(bela.user_id, hidden(1));
    const [watching, own] = [await connect(chatId, ada.user_id), await connect(chatId, bela.user_id)];
    await watching.next("SNAPSHOT");
    await own.next("SNAPSHOT");
    own.send({ type: "MESSAGE_DELIVERED", seq: 1 });
    const { rev } = await watching.next("RECEIPTS_CHANGED");
    own.send({ type: "MESSAGE_READ", seq: 1 });
    await expect.poll(async () => (await chatCalls(chatId).readHead(bela.user_id))?.entry.unread).toBe(0);
    await expect.poll(() => cursorOf(chatId, bela.user_id, bela.user_id)).toMatchObject({ read_seq: 1 });
    await watching.settle();
    expect(watching.of("RECEIPTS_CHANGED")).toHaveLength(1);
    await crash(chatId);
    const again = await connect(chatId, ada.user_id);
    const snapshot = await again.next("SNAPSHOT");
    expect(snapshot.rev).toBe(rev);
    expect(snapshot.receipts).toContainEqual({ user_id: bela.user_id, delivered_seq: 1, read_seq: 0 });
    expect((await chatCalls(chatId).readHead(bela.user_id))?.entry).toMatchObject({ unread: 0, read_seq: 1 });
  });

  it("PRV3 one row a change; none for who hides nothing, for a stranger, an older step or a repeat; shown again, it is told", async () => {
    const { ada, bela, chatId, stub } = await scene();
    expect(await rowsOf(chatId, () => stub.setSigns(bela.user_id, hidden(1, {})))).toBe(0);
    expect(await rowsOf(chatId, () => stub.setSigns(person("X").user_id, hidden(1)))).toBe(0);
    expect(await rowsOf(chatId, () => stub.setSigns(bela.user_id, hidden(5)))).toBe(2);
    expect(await rowsOf(chatId, () => stub.setSigns(bela.user_id, hidden(5)))).toBe(0);
    expect(await rowsOf(chatId, () => stub.setSigns(bela.user_id, hidden(4, {})))).toBe(0);
    await stub.markRead(bela.user_id, 2);
    const watching = await connect(chatId, ada.user_id);
    await watching.next("SNAPSHOT");
    await stub.setSigns(bela.user_id, hidden(6, { typing: true }));
    expect((await watching.next("RECEIPTS_CHANGED")).receipts).toEqual([
      { user_id: bela.user_id, delivered_seq: 2, read_seq: 2 },
    ]);
    await crash(chatId);
    expect(await cursorOf(chatId, bela.user_id, ada.user_id)).toMatchObject({ read_seq: 2 });
    expect(await sql(chatId, "SELECT user_id, hides_receipts, hides_typing FROM signs")).toEqual([
      { user_id: bela.user_id, hides_receipts: 0, hides_typing: 1 },
    ]);
  });

  it("PRV3 in a channel it is no step of the clock: nobody is told there who has read", async () => {
    const [ada, bela] = [person("Ada"), person("Bela")];
    const { chatId, stub } = await makeGroup([ada, bela], { chat_type: "channel" });
    await stub.setSigns(bela.user_id, hidden(1));
    await stub.send(ada.user_id, draft("news"));
    await stub.markRead(bela.user_id, 2);
    const watching = await connect(chatId, ada.user_id);
    await watching.next("SNAPSHOT");
    expect(await rowsOf(chatId, () => stub.setSigns(bela.user_id, hidden(2, {})))).toBe(1);
    await watching.settle();
    expect(watching.of("RECEIPTS_CHANGED")).toEqual([]);
  });

  it("PRV4 typing is not told of who hides it, nor to them", async () => {
    const { ada, bela, cleo, chatId, stub } = await scene();
    await stub.setSigns(bela.user_id, hidden(1, { typing: true }));
    const [a, b, c] = await Promise.all([ada, bela, cleo].map(({ user_id }) => connect(chatId, user_id)));
    if (!a || !b || !c) throw new Error("no devices");
    b.send({ type: "TYPING_START" });
    await b.settle();
    a.send({ type: "TYPING_START" });
    expect((await c.next("TYPING")).user_id).toBe(ada.user_id);
    expect((await a.next("TYPING")).user_id).toBe(ada.user_id);
    await b.settle();
    expect(b.of("TYPING")).toEqual([]);
    expect(c.of("TYPING").every((f) => f.user_id === ada.user_id)).toBe(true);
    expect(b.of("ERROR")).toEqual([]);
  });

  it("MEM9 a new name is two rows and a step, a repeat none; in a channel the row alone; no message changes", async () => {
    const { ada, bela, chatId, stub } = await scene();
    const watching = await connect(chatId, ada.user_id);
    const { rev } = await watching.next("SNAPSHOT");
    const named = { ...bela, display_name: "Bela the Bold" };
    const tell = (to: typeof stub) => to.setSigns(bela.user_id, { ...hidden(1, {}), person: named });
    expect(await rowsOf(chatId, () => tell(stub))).toBe(2);
    const changed = await watching.next("MEMBERS_CHANGED");
    expect(changed).toMatchObject({ base: rev, rev: rev + 1, members: [named] });
    expect(changed.messages).toBeUndefined();
    expect(await rowsOf(chatId, () => tell(stub))).toBe(0);
    await crash(chatId);
    expect((await chatStub(chatId).view(bela.user_id)).me).toMatchObject(named);
    const channel = await makeGroup([ada, bela], { chat_type: "channel" });
    const reading = await connect(channel.chatId, ada.user_id);
    await reading.next("SNAPSHOT");
    expect(await rowsOf(channel.chatId, () => tell(channel.stub))).toBe(1);
    await reading.settle();
    expect(reading.of("MEMBERS_CHANGED")).toEqual([]);
  });

  it("PRV5 a plain send reads and writes nothing of this", async () => {
    const { ada, bela, chatId, stub } = await scene();
    await stub.setSigns(bela.user_id, hidden(1));
    expect(await rowsOf(chatId, () => stub.send(ada.user_id, draft("x", 2)))).toBe(1);
  });
});
