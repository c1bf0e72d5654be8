import { evictDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { connect, draft, makeGroup, person } from "./room.ts";

describe("order", () => {
  it("SEQ1 numbers messages 1, 2, 3 without a hole, whoever sends them", async () => {
    const people = ["Ada", "Bela", "Cleo"].map(person);
    const { chatId } = await makeGroup(people);
    const devices = await Promise.all(people.map((p) => connect(chatId, p.user_id)));
    for (let round = 0; round < 20; round++) {
      for (const device of devices) device.send({ type: "SEND_MESSAGE", ...draft(`round ${round}`, 1) });
    }
    for (const device of devices) {
      await device.next("MESSAGE_RECEIVED", 60);
      expect(device.of("MESSAGE_RECEIVED").map((f) => f.message.seq)).toEqual(
        Array.from({ length: 60 }, (_, i) => i + 2),
      );
      expect(device.of("MESSAGE_ACK")).toHaveLength(20);
    }
    const orders = devices.map((d) => d.of("MESSAGE_RECEIVED").map((f) => f.message.client_msg_id));
    expect(orders[1]).toEqual(orders[0]);
    expect(orders[2]).toEqual(orders[0]);
  });

  it("SEQ2 moves the clock by one for each accepted command", async () => {
    const people = ["Ada", "Bela"].map(person);
    const { chatId } = await makeGroup(people);
    const [ada] = await Promise.all(people.map((p) => connect(chatId, p.user_id)));
    for (let i = 0; i < 30; i++) ada?.send({ type: "SEND_MESSAGE", ...draft(`m${i}`, 1) });
    await ada?.next("MESSAGE_RECEIVED", 30);
    for (const [i, frame] of (ada?.of("MESSAGE_RECEIVED") ?? []).entries()) {
      expect([frame.base, frame.rev]).toEqual([i + 1, i + 2]);
    }
  });

  it("SEQ3 finds its heads again after eviction", async () => {
    const people = ["Ada", "Bela"].map(person);
    const { chatId, stub } = await makeGroup(people);
    const ada = await connect(chatId, people[0]?.user_id ?? "");
    for (let i = 0; i < 5; i++) {
      ada.send({ type: "SEND_MESSAGE", ...draft(`m${i}`, 1) });
      const ack = await ada.next("MESSAGE_ACK", i + 1);
      expect(ack.seq).toBe(i + 2);
      await evictDurableObject(stub);
    }
  });
});
