import { evictDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import type { ObjectEnv } from "../../durable-objects/shared/env.ts";
import { Fault } from "../../src/domain/fault.ts";
import { newClientMsgId, newSessionId } from "../../src/protocol/ids.ts";
import type { ForwardSource } from "../../src/protocol/rpc.ts";
import { connect, draft, faultOf, inChat, makeGroup, person, sql, type TestPerson } from "./room.ts";

/** Two groups: Ada and Bela talk in the source; Ada and Cleo are in the target. */
async function scene() {
  const [ada, bela, cleo] = ["Ada", "Bela", "Cleo"].map(person) as [TestPerson, TestPerson, TestPerson];
  const source = await makeGroup([ada, bela]);
  const target = await makeGroup([ada, cleo]);
  const { message } = await source.stub.send(bela.user_id, {
    ...draft("listen, @Ada", 1),
    content: { text: "listen, @Ada", mentions: [{ offset: 8, length: 4, user_id: ada.user_id }] },
  });
  return { ada: ada.user_id, bela: bela.user_id, cleo: cleo.user_id, source, target, message };
}

const ask = (source_message_id: string, client_msg_id: string = newClientMsgId(), seen_seq = 1) => ({
  ...{ client_msg_id, seen_seq, source_message_id },
});

/** From now on the target asks this instead of the source's object. */
const answering = (targetId: string, forwardSource: () => Promise<ForwardSource>): Promise<void> =>
  inChat(targetId, (object) => {
    const { env } = object as unknown as { env: ObjectEnv };
    const chats = { idFromName: (name: string) => name, get: () => ({ forwardSource }) };
    Object.defineProperty(object, "env", { value: { ...env, CHATS: chats }, configurable: true });
  });

const never = (): Promise<ForwardSource> => Promise.reject(new Error("nobody should ask"));

describe("forwards", () => {
  it("FWD1 copies the text with its author and time, without its mentions; a forward names the original's", async () => {
    const { ada, bela, cleo, source, target, message } = await scene();
    const phone = await connect(target.chatId, ada);
    const reader = await connect(target.chatId, cleo);
    phone.send({ type: "FORWARD_MESSAGE", ...ask(message.message_id, "f1") });
    expect(await phone.next("MESSAGE_ACK")).toMatchObject({ client_msg_id: "f1", seq: 2 });
    const { message: copy } = await reader.next("MESSAGE_RECEIVED");
    const forwarded = { sender_id: bela, sender_name: "Bela", created_at: message.created_at };
    expect(copy).toMatchObject({ sender_id: ada, content: { text: "listen, @Ada" }, forwarded });
    expect(copy.content).not.toHaveProperty("mentions");
    const entry = await inChat(target.chatId, async (object) => (await object.readHead(ada))?.entry);
    expect(entry).not.toHaveProperty("mention_seq");
    const third = await makeGroup([{ user_id: cleo, username: "cleo", display_name: "Cleo" }]);
    const again = await third.stub.forward(cleo, ask(copy.message_id));
    expect(again.message).toMatchObject({ sender_id: cleo, forwarded });
    // Into the same chat too.
    const here = await source.stub.forward(ada, ask(message.message_id));
    expect(here.message).toMatchObject({ seq: 3, forwarded });
  });

  it("FWD2 reads with the rights of who forwards, and refuses notices and what is gone", async () => {
    const { ada, bela, cleo, source, target, message } = await scene();
    expect(await faultOf(target.stub.forward(cleo, ask(message.message_id)))).toBe("not_found");
    expect(await faultOf(target.stub.forward(bela, ask(message.message_id)))).toBe("not_found");
    expect(await faultOf(target.stub.forward(ada, ask(`${source.chatId}.1`)))).toBe("forbidden");
    expect(await faultOf(target.stub.forward(ada, ask(`${source.chatId}.99`)))).toBe("not_found");
    await source.stub.update(ada, { settings: { has_history_from_join: true } });
    await source.stub.addMembers(ada, [{ user_id: cleo, username: "cleo", display_name: "Cleo" }]);
    expect(await faultOf(target.stub.forward(cleo, ask(message.message_id)))).toBe("not_found");
    await source.stub.deleteMessage(bela, 2);
    expect(await faultOf(target.stub.forward(ada, ask(message.message_id)))).toBe("not_found");
    // That she was put out of the source is no news of the target: `removed` would make her devices drop it.
    const other = await source.stub.send(bela, draft("second", 1));
    await source.stub.removeMember(ada, cleo);
    expect(await faultOf(target.stub.forward(cleo, ask(other.message.message_id)))).toBe("not_found");
    expect(await sql(target.chatId, "SELECT seq FROM message")).toHaveLength(1);
  });

  it("FWD3 recognises a repeat without asking the source, also when that is gone", async () => {
    const { ada, bela, source, target, message } = await scene();
    const first = ask(message.message_id, "f1");
    const { ack } = await target.stub.forward(ada, first);
    await source.stub.deleteMessage(bela, 2);
    const reused = ask(`${source.chatId}.1`, "f1");
    for (let life = 0; life < 2; life++) {
      await answering(target.chatId, never);
      expect((await target.stub.forward(ada, first)).ack).toEqual(ack);
      expect(await faultOf(target.stub.forward(ada, reused))).toBe("id_reused");
      expect(await faultOf(target.stub.send(ada, draft("listen, @Ada", 1, "f1")))).toBe("id_reused");
      await evictDurableObject(target.stub);
    }
    const sent = await target.stub.send(ada, draft("plain", 2, "plain"));
    expect(sent.ack.seq).toBe(3);
    expect(await faultOf(target.stub.forward(ada, ask(message.message_id, "plain")))).toBe("id_reused");
    await target.stub.deleteMessage(ada, 2);
    expect((await target.stub.forward(ada, first)).ack).toEqual(ack);
    await target.stub.end(ada);
    expect((await target.stub.forward(ada, first)).ack).toEqual(ack);
    expect(await sql(target.chatId, "SELECT seq FROM message")).toHaveLength(3);
  });

  it("FWD3 stores one message of two copies that wait for the source together", async () => {
    const { ada, target, message } = await scene();
    const [phone, laptop] = [await connect(target.chatId, ada), await connect(target.chatId, ada)];
    for (const device of [phone, laptop]) device.send({ type: "FORWARD_MESSAGE", ...ask(message.message_id, "f1") });
    expect((await phone.next("MESSAGE_ACK")).seq).toBe(2);
    expect((await laptop.next("MESSAGE_ACK")).seq).toBe(2);
    expect(await sql(target.chatId, "SELECT seq FROM message")).toHaveLength(2);
  });

  it("FWD4 holds later messages of the device while it asks the source, and nobody else's", async () => {
    const { ada, cleo, target, message } = await scene();
    let release: (source: ForwardSource) => void = () => undefined;
    const gate = new Promise<ForwardSource>((resolve) => {
      release = resolve;
    });
    await answering(target.chatId, () => gate);
    const [phone, laptop, other] = [
      await connect(target.chatId, ada),
      await connect(target.chatId, ada),
      await connect(target.chatId, cleo),
    ] as const;
    phone.send([
      { type: "FORWARD_MESSAGE", ...ask(message.message_id, "f1") },
      { type: "SEND_MESSAGE", ...draft("after it", 1, "s1") },
      { type: "FORWARD_MESSAGE", ...ask(message.message_id, "f2") },
      { type: "RETRY", original_message: { type: "SEND_MESSAGE", ...draft("last", 1, "s2") } },
      { type: "MESSAGE_READ", seq: 1 },
    ]);
    other.send({ type: "SEND_MESSAGE", ...draft("from Cleo", 1, "c") });
    laptop.send({ type: "SEND_MESSAGE", ...draft("from the laptop", 1, "l") });
    await other.next("MESSAGE_ACK");
    await laptop.next("MESSAGE_ACK");
    await phone.settle();
    expect(phone.of("MESSAGE_ACK")).toEqual([]);
    release({
      text: "listen",
      forwarded: { sender_id: cleo, sender_name: "Cleo", created_at: "2026-01-01T00:00:00.000Z" },
    });
    await phone.next("MESSAGE_ACK", 4);
    expect(phone.of("MESSAGE_ACK").map((a) => [a.client_msg_id, a.seq])).toEqual([
      ["f1", 4],
      ["s1", 5],
      ["f2", 6],
      ["s2", 7],
    ]);
    phone.send({ type: "SEND_MESSAGE", ...draft("free again", 1, "s3") });
    await phone.next("MESSAGE_ACK", 5);
  });

  it("FWD4 lets what follows a refused forward through, and answers a hub in order", async () => {
    const { ada, target, message } = await scene();
    await answering(target.chatId, () => Promise.reject(new Fault("unavailable")));
    const phone = await connect(target.chatId, ada);
    phone.send([
      { type: "FORWARD_MESSAGE", ...ask(message.message_id, "f1") },
      { type: "SEND_MESSAGE", ...draft("after it", 1, "s1") },
    ]);
    await phone.next("MESSAGE_ACK");
    expect(await phone.next("ERROR")).toMatchObject({ code: "not_found", client_msg_id: "f1" });
    const caller = { user_id: ada, session_id: newSessionId(), device_id: "d" };
    const [refused, sent] = await Promise.all([
      target.stub.relay(caller, { type: "FORWARD_MESSAGE", ...ask(message.message_id, "f2") }),
      target.stub.relay(caller, { type: "SEND_MESSAGE", ...draft("over the hub", 1, "s2") }),
    ]);
    expect(refused.map((piece) => JSON.parse(piece).client_msg_id)).toEqual(["f2"]);
    expect(sent.map((piece) => JSON.parse(piece).type)).toEqual(["MESSAGE_ACK"]);
  });

  it("FWD5 writes one row", async () => {
    const { ada, target, message } = await scene();
    await inChat(target.chatId, async (object) => {
      const before = object.db.rows.written;
      await object.forward(ada, ask(message.message_id));
      expect(object.db.rows.written - before).toBe(1);
    });
  });
});
