import { describe, expect, it } from "vitest";
import { BACKOFF_CAP_MS, backoff } from "../../web/sync/engine/backoff.ts";
import { Line, type LineEnd } from "../../web/sync/engine/line.ts";
import { Device } from "./device.ts";
import { ManualClock, settle } from "./manual-clock.ts";
import { CHAT, caughtUp, connected, entry, inboxSnapshot, ME, messages, OTHER_CHAT } from "./sample-chat.ts";
import { ScriptedNetwork } from "./scripted-network.ts";

function makeLine(random = () => 0.5) {
  const clock = new ManualClock();
  const network = new ScriptedNetwork();
  const heard: string[] = [];
  const ends: LineEnd[] = [];
  let lost = 0;
  const line = new Line(
    { clock, transport: network, random },
    {
      target: () => ({ kind: "hub" }),
      opened: () => undefined,
      received: (frame) => heard.push(frame.type),
      settled: () => undefined,
      lost: () => lost++,
      ended: (why) => ends.push(why),
      changed: () => undefined,
    },
  );
  line.start();
  return { clock, network, line, heard, ends, lost: () => lost };
}

describe("a line", () => {
  it("LIN1 draws each pause from the whole of its step", () => {
    expect([0, 1, 2, 3, 4, 5, 6, 50].map((attempt) => backoff(attempt, 0.999_999))).toEqual(
      [1, 2, 4, 8, 16, 30, 30, 30].map((s) => s * 1_000 - 1),
    );
    expect(backoff(7, 0)).toBe(0);
    expect(backoff(1_000_000, 0.5)).toBe(BACKOFF_CAP_MS / 2);
  });

  it("LIN1 tries for ever, and starts anew after a connection that held", async () => {
    const { clock, network, line } = makeLine();
    for (let i = 0; i < 60; i++) {
      network.last().end();
      expect(line.phase).toBe("waiting");
      expect(line.nextAttemptAt).toBeGreaterThanOrEqual(clock.now());
      await clock.advance(BACKOFF_CAP_MS / 2);
    }
    expect(network.count()).toBe(61);
    network.last().open();
    network.last().say(connected());
    await clock.advance(5_000);
    network.last().end();
    expect((line.nextAttemptAt ?? 0) - clock.now()).toBe(15_000);
    await clock.advance(15_000);
    network.last().open();
    network.last().say(connected());
    await clock.advance(11_000);
    network.last().end();
    expect((line.nextAttemptAt ?? 0) - clock.now()).toBe(500);
  });

  it("LIN1 takes the longest pause when its frames were not understood", () => {
    const { clock, network, line } = makeLine();
    network.last().open();
    network.last().end(1008);
    expect((line.nextAttemptAt ?? 0) - clock.now()).toBe(15_000);
  });

  it("LIN2 beats every 30 s and leaves a socket that does not answer", async () => {
    const { clock, network, line, lost } = makeLine();
    const first = network.last();
    first.open();
    first.say(connected());
    await clock.advance(29_000);
    expect(first.sent).toEqual([]);
    await clock.advance(1_000);
    expect(JSON.stringify(first.sent)).toBe('[{"type":"PING"}]');
    await clock.advance(9_000);
    first.say({ type: "PONG" });
    await clock.advance(30_000);
    expect(first.sent).toHaveLength(2);
    expect(line.phase).toBe("open");
    await clock.advance(10_000);
    expect(first.isClosed).toBe(true);
    expect(lost()).toBe(1);
    expect(network.count()).toBe(2);
  });

  it("LIN2 gives up a socket that opens and says nothing, and a dial that hangs", async () => {
    const { clock, network } = makeLine();
    network.last().open();
    await clock.advance(10_500);
    expect(network.count()).toBe(2);
    await clock.advance(21_000);
    expect(network.count()).toBe(3);
  });

  it("LIN1 a server that accepts and answers nothing is asked later and later", async () => {
    const { clock, network, line } = makeLine();
    const pauses: number[] = [];
    for (let i = 0; i < 6; i++) {
      network.last().open();
      network.last().say(connected());
      await clock.advance(10_000);
      // The catch-up was never answered.
      line.redial();
      pauses.push((line.nextAttemptAt ?? 0) - clock.now());
      await clock.advance(pauses.at(-1) ?? 0);
    }
    expect(pauses).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000]);
    // One that did answer, and goes silent later, is replaced at once.
    network.last().open();
    network.last().say(connected());
    await clock.advance(25_000);
    const before = network.count();
    line.redial();
    expect(network.count()).toBe(before + 1);
  });

  it("LIN8 after a sleep another socket is dialled at once, without a question to the dead one", async () => {
    const { clock, network, line, lost } = makeLine();
    network.last().open();
    network.last().say(connected());
    await clock.advance(25_000);
    line.resume();
    expect([network.count(), network.last().sent]).toEqual([1, [{ type: "PING" }]]);
    network.last().say({ type: "PONG" });
    // Timers stand still while a device sleeps.
    clock.standStill(600_000);
    line.resume();
    expect([network.count(), lost(), line.phase]).toEqual([2, 1, "dialing"]);
    network.last().open();
    network.last().say(connected());
    await clock.advance(25_000);
    clock.standStill(600_000);
    // Nobody looks, but the heartbeat wakes too.
    await clock.advance(10_000);
    expect(network.count()).toBe(3);
    expect(network.dialled[1]?.sent).toEqual([]);
  });

  it("LIN3 takes a new token for 4401, and dials at once", async () => {
    const { clock, network, ends } = makeLine();
    network.last().open();
    network.last().end(4401);
    await settle();
    expect([network.renewals, network.count()]).toEqual([1, 2]);
    // A second one in a row is about something else than the token's age.
    network.last().end(4401);
    await settle();
    expect([network.renewals, network.count()]).toEqual([1, 2]);
    await clock.advance(2_000);
    expect(network.count()).toBe(3);
    expect(ends).toEqual([]);
  });

  it("LIN3 ends when no token is given any more, and waits when nobody answers", async () => {
    const refused = makeLine();
    refused.network.renewal = "rejected";
    refused.network.last().end(4401);
    await settle();
    expect(refused.ends).toEqual(["revoked"]);
    expect(refused.line.phase).toBe("idle");

    const unanswered = makeLine();
    unanswered.network.renewal = "unreachable";
    unanswered.network.last().end(4401);
    await settle();
    expect(unanswered.line.phase).toBe("waiting");
    await unanswered.clock.advance(1_000);
    expect(unanswered.network.count()).toBe(2);
  });

  it("LIN4 ends with 4403 and 4404, and comes back after every other code", async () => {
    for (const [code, end] of [
      [4403, "revoked"],
      [4404, "gone"],
    ] as const) {
      const { clock, network, ends } = makeLine();
      network.last().open();
      network.last().end(code);
      await clock.advance(100_000);
      expect([ends, network.count()]).toEqual([[end], 1]);
    }
    for (const code of [1000, 1001, 1006, 1009, 1011, 1012, 1013, 4408, 4410]) {
      const { clock, network, ends } = makeLine();
      network.last().open();
      network.last().end(code);
      await clock.advance(1_000);
      expect([code, ends, network.count()]).toEqual([code, [], 2]);
    }
  });

  it("LIN5 tries at once when asked, and does not dial without a network", async () => {
    const { clock, network, line } = makeLine();
    for (let i = 0; i < 8; i++) {
      network.last().end();
      await clock.advance(BACKOFF_CAP_MS);
    }
    network.last().end();
    const before = network.count();
    line.resume();
    expect(network.count()).toBe(before + 1);
    line.networkLost();
    expect([line.phase, line.nextAttemptAt]).toEqual(["waiting", undefined]);
    await clock.advance(59_000);
    expect(network.count()).toBe(before + 1);
    // The device may be wrong: once a minute somebody looks.
    await clock.advance(1_000);
    expect([network.count(), line.phase]).toEqual([before + 2, "dialing"]);
    network.last().end();
    expect([line.phase, line.nextAttemptAt]).toEqual(["waiting", undefined]);
    await clock.advance(59_000);
    expect(network.count()).toBe(before + 2);
    line.resume();
    expect(network.count()).toBe(before + 3);
    // An open socket is asked whether it lives.
    network.last().open();
    network.last().say(connected());
    line.resume();
    expect(network.last().sent).toEqual([{ type: "PING" }]);
  });

  it("LIN6 does not hear an old socket", async () => {
    const { clock, network, heard, line } = makeLine();
    const first = network.last();
    first.open();
    await clock.advance(10_500);
    const second = network.last();
    first.say({ type: "PONG" });
    first.end(4403);
    expect(heard).toEqual([]);
    expect(line.phase).toBe("dialing");
    second.open();
    second.say({ type: "PONG" });
    expect(heard).toEqual(["PONG"]);
    line.stop();
    second.say({ type: "PONG" });
    expect(heard).toEqual(["PONG"]);
  });
});

describe("which chats are connected", () => {
  const chatIds = Array.from({ length: 8 }, (_, i) => `g${String.fromCharCode(97 + i).repeat(25)}`);

  it("LIN5 the hub's answer proves that there is a network, whatever the device says", async () => {
    const device = new Device();
    device.engine.setNetwork(false);
    await device.start([entry(CHAT, 1)]);
    device.engine.openView("view", CHAT, "latest");
    await settle();
    expect(device.network.dialled).toEqual([]);
    await device.clock.advance(60_000);
    await device.clock.advance(1);
    expect([device.network.count(), device.network.count(CHAT)]).toEqual([1, 1]);
    expect(device.line.status).not.toBe("waiting");
  });

  it("LIN7 those on screen and the last four left", async () => {
    const device = new Device();
    await device.start(chatIds.map((id) => entry(id, 1)));
    for (const [i, id] of chatIds.entries()) {
      device.engine.openView(`v${i}`, id, "latest");
      await settle();
    }
    const isConnected = (id: string) => !device.network.last(id).isClosed;
    expect(chatIds.map(isConnected)).toEqual(chatIds.map(() => true));
    for (const [i] of chatIds.entries()) if (i < 7) device.engine.closeView(`v${i}`);
    await settle();
    expect(chatIds.map(isConnected)).toEqual([false, false, false, true, true, true, true, true]);
    // Going back to a warm one needs no dial.
    device.engine.openView("again", chatIds[4] ?? "", "latest");
    await settle();
    expect(device.network.count(chatIds[4] ?? "")).toBe(1);
  });

  it("LIN7 those that are owed a message or a receipt, and no longer than that", async () => {
    const device = new Device();
    await device.store.saveCursors({ chat_id: OTHER_CHAT, delivered_seq: 3, read_seq: 3, is_owed: true });
    await device.start([entry(CHAT, 1), entry(OTHER_CHAT, 1)]);
    const socket = device.network.last(OTHER_CHAT);
    expect(socket.target).toMatchObject({ delivered_seq: 3, read_seq: 3 });
    expect(device.network.count(CHAT)).toBe(0);
    await device.compose("mine");
    expect(device.network.count(CHAT)).toBe(1);
  });
});

describe("a chat that ends", () => {
  it("LIN4 is purged, and what was unsent waits unseen until the person is back", async () => {
    const device = new Device();
    await device.start();
    const socket = await device.open(messages(1, 3), 3);
    socket.say({ type: "ERROR", code: "removed", message: "removed" });
    await device.compose("mine");
    socket.end(4404);
    await settle();
    expect(device.view().status).toBe("gone");
    expect(device.list.lines).toEqual([]);
    expect(await device.store.loadChat(CHAT, 10)).toBeUndefined();
    expect(await device.store.loadOutbox()).toMatchObject([{ phase: "failed", error: "removed" }]);
    await device.clock.advance(2_000);
    device.network.last().say(inboxSnapshot([], 2));
    await device.clock.advance(20_000);
    expect(device.network.count(CHAT)).toBe(1);
    device.network.last().say({ type: "INBOX_CHANGED", epoch: "h1", base: 2, rev: 3, entries: [entry(CHAT, 3)] });
    await settle();
    const again = device.network.last(CHAT);
    expect(again).not.toBe(socket);
    again.open();
    again.say(connected(CHAT), caughtUp(0, 0));
    expect(device.line.failed).toBe(1);
  });

  it("LIN4 tells that the session was ended from elsewhere", async () => {
    const device = new Device();
    await device.start();
    const socket = await device.open();
    socket.end(4403);
    await settle();
    expect(device.isRevoked).toBe(true);
    expect(device.network.last().isClosed).toBe(true);
    await device.clock.advance(100_000);
    expect([device.network.count(), device.network.count(CHAT)]).toEqual([1, 1]);
    expect(ME).toBeDefined();
  });
});
