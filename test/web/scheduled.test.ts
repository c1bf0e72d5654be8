import { describe, expect, it } from "vitest";
import type { ScheduledMessage } from "../../src/protocol/timer-routes.ts";
import { composerOf } from "./composing.ts";
import { Device } from "./device.ts";
import { settle } from "./manual-clock.ts";
import { CHAT, entry, ME, message, messages, received } from "./sample-chat.ts";

const AT = Date.UTC(2026, 0, 2);
const waiting = (id: string, sendAt = AT, patch: Partial<ScheduledMessage> = {}): ScheduledMessage => ({
  chat_id: CHAT,
  client_msg_id: id,
  send_at: new Date(sendAt).toISOString(),
  message_type: "text",
  content: { text: `later ${id}` },
  ...patch,
});

const started = async () => {
  const device = new Device();
  await device.start();
  const socket = await device.open(messages(1, 2));
  return { device, socket, composer: composerOf(device) };
};
const watch = async (device: Device) => {
  await device.engine.ask("view", { verb: "load_scheduled" });
  await settle();
};
const watchSoon = async (device: Device) => {
  void device.engine.ask("view", { verb: "load_scheduled" });
  await settle();
};
const lines = (device: Device) => device.view().scheduled?.map((one) => [one.client_msg_id, one.is_queued]);

describe("messages that wait for their time", () => {
  it("SCD1 are listed once somebody looks, the next first, with why one could not be sent", async () => {
    const { device } = await started();
    expect(device.view().scheduled).toBeUndefined();
    device.remote.onScheduled = () => [waiting("b", AT + 5), waiting("a", AT, { error: "forbidden" })];
    await watch(device);
    expect(device.view().scheduled).toMatchObject([
      { client_msg_id: "a", send_at: AT, is_queued: false, error: "errors.forbidden" },
      { client_msg_id: "b", content: { text: "later b" } },
    ]);
  });

  it("SCD1 with all that their sender fixed, so that a change can name it again", async () => {
    const { device } = await started();
    const places = { reply_to_message_id: `${CHAT}.2`, thread_root_message_id: `${CHAT}.1`, expires_in_s: 60 };
    device.remote.onScheduled = () => [waiting("a", AT, places)];
    await watch(device);
    expect(device.view().scheduled).toMatchObject([{ reply_to_seq: 2, thread_root_seq: 1, expires_in_s: 60 }]);
  });

  it("SCD2 one set offline is on the list, goes when it can, and once, also after a restart", async () => {
    const { device, socket, composer } = await started();
    socket.end();
    await watch(device);
    await composer.schedule("text", { text: "tomorrow" }, AT, { client_msg_id: "mine", reply_to: 2, expires_in_s: 60 });
    await settle();
    expect(device.view().scheduled).toMatchObject([
      { client_msg_id: "mine", send_at: AT, is_queued: true, reply_to_seq: 2, content: { text: "tomorrow" } },
    ]);
    expect(device.view().messages).toHaveLength(2);
    device.engine.stop();
    const again = new Device({ store: device.store });
    await again.start();
    const second = await again.open(messages(1, 2));
    const [frame] = second.of("SCHEDULE_MESSAGE");
    expect(frame).toMatchObject({
      client_msg_id: "mine",
      send_at: new Date(AT).toISOString(),
      message_type: "text",
      content: { text: "tomorrow" },
      reply_to_message_id: `${CHAT}.2`,
      expires_in_s: 60,
      seen_seq: 2,
    });
    await watch(again);
    second.say({ type: "COMMAND_ACK", chat_id: CHAT, command_id: frame?.command_id ?? "", rev: 2 });
    await settle();
    expect(lines(again)).toEqual([["mine", false]]);
    expect(second.of("SCHEDULE_MESSAGE")).toHaveLength(1);
    expect(await again.store.loadScheduled(CHAT)).toMatchObject([{ client_msg_id: "mine" }]);
    expect(await again.store.loadOutbox()).toEqual([]);
  });

  it("SCD3 one that was sent waits no more", async () => {
    const { device, socket } = await started();
    device.remote.onScheduled = () => [waiting("a")];
    await watch(device);
    socket.say(received(message(3, 3, { sender_id: ME, client_msg_id: "a" })));
    await settle();
    expect(lines(device)).toEqual([]);
  });

  it("SCD4 is taken back at once, and forgotten where nobody had heard of it", async () => {
    const { device, socket, composer } = await started();
    device.remote.onScheduled = () => [waiting("a")];
    await watch(device);
    await composer.command("command", { type: "CANCEL_SCHEDULED", scheduled_id: "a" });
    await settle();
    expect(lines(device)).toEqual([]);
    const [frame] = socket.of("CANCEL_SCHEDULED");
    // It is not there any more: that is what was wanted.
    socket.say({ type: "ERROR", code: "not_found", message: "no", command_id: frame?.command_id });
    await settle();
    expect(lines(device)).toEqual([]);
    expect(device.refusals).toEqual([]);
    socket.end();
    await composer.schedule("text", { text: "tomorrow" }, AT, { client_msg_id: "b" });
    await composer.command("command", { type: "CANCEL_SCHEDULED", scheduled_id: "b" });
    await settle();
    expect((await device.store.loadOutbox()).map((row) => row.command?.type)).toEqual(["CANCEL_SCHEDULED"]);
    expect(lines(device)).toEqual([]);
  });

  it("SCD5 what is refused is undone, and told with its text", async () => {
    const { device, socket, composer } = await started();
    device.remote.onScheduled = () => [];
    await watch(device);
    await composer.schedule("text", { text: "yesterday" }, AT - 172_800_000);
    await settle();
    const [frame] = socket.of("SCHEDULE_MESSAGE");
    socket.say({ type: "ERROR", code: "too_late", message: "no", command_id: frame?.command_id });
    await settle();
    expect(lines(device)).toEqual([]);
    expect(device.refusals).toEqual([{ chat_id: CHAT, error: "errors.too_late", verb: "schedule", text: "yesterday" }]);
  });

  it("SCD1 a list that was read before something was set, taken back or sent is read again", async () => {
    const { device, socket, composer } = await started();
    device.remote.onScheduled = () => [waiting("a"), waiting("b")];
    await watch(device);
    const arrive: ((list: ScheduledMessage[]) => void)[] = [];
    device.remote.onScheduled = () => new Promise<ScheduledMessage[]>((resolve) => arrive.push(resolve));
    await watchSoon(device);
    await composer.command("command", { type: "CANCEL_SCHEDULED", scheduled_id: "a" });
    await settle();
    const [frame] = socket.of("CANCEL_SCHEDULED");
    socket.say({ type: "COMMAND_ACK", chat_id: CHAT, command_id: frame?.command_id ?? "", rev: 2 });
    socket.say(received(message(3, 3, { sender_id: ME, client_msg_id: "b" })));
    await settle();
    arrive[0]?.([waiting("a"), waiting("b")]);
    await settle();
    expect(lines(device)).toEqual([]);
    expect(arrive).toHaveLength(2);
    arrive[1]?.([]);
    await settle();
    expect(lines(device)).toEqual([]);
    expect(arrive).toHaveLength(2);
  });

  it("SCD1 another device's are read when the inbox says that there are others", async () => {
    const { device } = await started();
    device.remote.onScheduled = () => [];
    await watch(device);
    const hub = device.network.last();
    hub.say({ type: "INBOX_CHANGED", epoch: "h1", base: 1, rev: 2, entries: [entry(CHAT, 2)] });
    device.remote.onScheduled = () => [waiting("other")];
    hub.say({ type: "INBOX_CHANGED", epoch: "h1", base: 2, rev: 3, entries: [entry(CHAT, 3, { scheduled_count: 1 })] });
    await settle();
    expect(lines(device)).toEqual([["other", false]]);
  });
});
