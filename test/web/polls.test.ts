import { describe, expect, it } from "vitest";
import type { DownOf } from "../../src/protocol/down.ts";
import type { Message } from "../../src/protocol/message.ts";
import { composerOf } from "./composing.ts";
import { Device } from "./device.ts";
import { settle } from "./manual-clock.ts";
import { BELA, CHAT, CLEO, caughtUp, connected, ME, message } from "./sample-chat.ts";

const OPTIONS = ["Now", "Later", "Never"];
const poll = (rev: number, counts: string[][], patch: Partial<Message> = {}, content = {}): Message => ({
  ...message(1, rev),
  message_type: "poll",
  content: { question: "When?", options: OPTIONS, ...content },
  poll: {
    voter_count: new Set(counts.flat()).size,
    options: counts.map((user_ids, option_id) => ({ option_id, count: user_ids.length, user_ids })),
  },
  ...patch,
});
const secret = (rev: number, counts: number[], voters: number): Message => ({
  ...poll(rev, [[], [], []], {}, { is_anonymous: true }),
  poll: { voter_count: voters, options: counts.map((count, option_id) => ({ option_id, count })) },
});

const started = async (row: Message) => {
  const device = new Device();
  await device.start();
  const socket = await device.open([row], row.rev);
  const composer = composerOf(device);
  const vote = async (...option_ids: number[]) => {
    await composer.command("command", { type: "SET_VOTE", option_ids }, 1);
    await settle();
    return socket.of("SET_VOTE").at(-1);
  };
  return { device, socket, composer, vote };
};
const shown = (device: Device) => device.view().messages[0]?.poll;
const counts = (device: Device) => shown(device)?.options.map((one) => [one.count, one.is_own]);
const changed = (row: Message): DownOf<"MESSAGES_CHANGED"> => ({
  type: "MESSAGES_CHANGED",
  chat_id: CHAT,
  base: row.rev - 1,
  rev: row.rev,
  messages: [row],
});

describe("polls", () => {
  it("VOT1 a vote is painted at once, and painting one that was counted changes nothing", async () => {
    const { device, socket, vote } = await started(poll(1, [[BELA], [CLEO], []]));
    const frame = await vote(0);
    expect(frame).toMatchObject({ message_id: `${CHAT}.1`, option_ids: [0] });
    expect(counts(device)).toEqual([
      [2, true],
      [1, false],
      [0, false],
    ]);
    expect(shown(device)?.voter_count).toBe(3);
    expect(shown(device)?.options[0]?.user_ids).toEqual([BELA, ME]);
    socket.say(changed(poll(2, [[BELA, ME], [CLEO], []])));
    await settle();
    expect(counts(device)?.[0]).toEqual([2, true]);
    socket.say({ type: "COMMAND_ACK", chat_id: CHAT, command_id: frame?.command_id ?? "", rev: 2 });
    await settle();
    expect(counts(device)?.[0]).toEqual([2, true]);
    expect(await device.store.loadOutbox()).toEqual([]);
    await vote();
    expect(counts(device)?.[0]).toEqual([1, false]);
    expect(shown(device)?.voter_count).toBe(2);
  });

  it("VOT1 a vote that is refused is undone, and told once", async () => {
    const { device, socket, vote } = await started(poll(1, [[], [], []]));
    const frame = await vote(2);
    socket.say({ type: "ERROR", code: "too_late", message: "closed", command_id: frame?.command_id });
    await settle();
    expect(counts(device)?.[2]).toEqual([0, false]);
    expect(device.refusals).toEqual([{ chat_id: CHAT, error: "errors.too_late", verb: "vote", seq: 1 }]);
  });

  it("VOT2 an own vote that nobody is told of is remembered on the device", async () => {
    const { device, socket, vote } = await started(secret(1, [1, 0, 0], 1));
    const frame = await vote(1);
    expect(counts(device)).toEqual([
      [1, false],
      [1, true],
      [0, false],
    ]);
    socket.say(changed(secret(2, [1, 1, 0], 2)), {
      type: "COMMAND_ACK",
      chat_id: CHAT,
      command_id: frame?.command_id ?? "",
      rev: 2,
    });
    await settle();
    expect(counts(device)?.[1]).toEqual([1, true]);
    device.engine.stop();
    const again = new Device({ store: device.store });
    await again.start();
    again.engine.openView("view", CHAT, "latest");
    await settle();
    expect(counts(again)?.[1]).toEqual([1, true]);
  });

  it("VOT2 what this device does not know the server is asked, once", async () => {
    const device = new Device();
    let asked = 0;
    device.remote.onVotes = () => {
      asked++;
      return [2];
    };
    await device.start();
    const socket = await device.open([secret(1, [1, 0, 3], 4)], 1);
    expect(counts(device)?.[2]).toEqual([3, true]);
    socket.say(changed(secret(2, [2, 0, 3], 5)));
    await settle();
    expect(asked).toBe(1);
    expect(device.errors).toEqual([]);
  });

  it("VOT2 a vote that was changed on another device is this device's as well, at once and after an absence", async () => {
    const { device, socket, vote } = await started(secret(1, [1, 0, 0], 1));
    const frame = await vote(1);
    const ack = { type: "COMMAND_ACK", chat_id: CHAT, command_id: frame?.command_id ?? "", rev: 2 } as const;
    socket.say(changed(secret(2, [1, 1, 0], 2)), ack);
    await settle();
    let asked = 0;
    device.remote.onVotes = () => {
      asked++;
      return [0];
    };
    // This person changed their mind, and then somebody else, of whose choice nobody is told.
    socket.say({ ...changed(secret(3, [1, 0, 1], 2)), own_vote: { seq: 1, option_ids: [2] } });
    socket.say(changed(secret(4, [0, 1, 1], 2)));
    await settle();
    expect(counts(device)).toEqual([
      [0, false],
      [1, false],
      [1, true],
    ]);
    expect(asked).toBe(0);
    socket.end();
    for (let i = 0; i < 40 && device.network.count(CHAT) === 1; i++) await device.clock.advance(1_000);
    const second = device.network.last(CHAT);
    second.open();
    second.say(connected(CHAT), caughtUp(4, 5, [secret(5, [3, 0, 0], 3)]));
    await settle();
    expect(counts(device)?.[0]).toEqual([3, true]);
    expect(await device.store.loadChoices(CHAT)).toMatchObject([{ seq: 1, option_ids: [0] }]);
  });

  it("VOT2 a first vote on another device is shown on this one as it is told", async () => {
    const { device, socket } = await started(secret(1, [1, 0, 0], 1));
    expect(counts(device)?.[2]).toEqual([0, false]);
    socket.say({ ...changed(secret(2, [1, 0, 1], 2)), own_vote: { seq: 1, option_ids: [2] } });
    await settle();
    expect(counts(device)?.[2]).toEqual([1, true]);
    expect(await device.store.loadChoices(CHAT)).toMatchObject([{ seq: 1, option_ids: [2] }]);
  });

  it("VOT3 a poll closes by its time, by its end, and at once for who ends it", async () => {
    const now = Date.UTC(2026, 0, 1);
    const row = poll(1, [[], [], []], {}, { closes_at: new Date(now + 60_000).toISOString() });
    const { device } = await started(row);
    expect(shown(device)).toMatchObject({ is_closed: false, closes_at: now + 60_000 });
    await device.clock.advance(60_000);
    expect(shown(device)).toMatchObject({ is_closed: true, closed_at: now + 60_000 });
    const other = await started(poll(1, [[], [], []], { sender_id: ME }));
    await other.composer.command("command", { type: "CLOSE_POLL" }, 1);
    await settle();
    expect(shown(other.device)).toMatchObject({ is_closed: true, closed_at: expect.any(Number) });
    expect(other.socket.of("CLOSE_POLL")).toMatchObject([{ message_id: `${CHAT}.1` }]);
  });

  it("VOT4 one may vote in an own poll that is still queued", async () => {
    const { device, socket, composer } = await started(message(1, 1));
    socket.end();
    await composer.message("poll", { question: "Who?", options: ["You", "Me"] });
    await settle();
    const id = device.view().messages.at(-1)?.client_msg_id ?? "";
    await composer.command("command", { type: "SET_VOTE", option_ids: [1] }, id);
    await settle();
    expect(device.view().messages.at(-1)?.poll).toMatchObject({
      voter_count: 1,
      options: [
        { text: "You", count: 0, is_own: false },
        { text: "Me", count: 1, is_own: true },
      ],
    });
  });
});
