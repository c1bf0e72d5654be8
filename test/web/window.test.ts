import { describe, expect, it } from "vitest";
import { HistoryWindow, WINDOW_MESSAGES } from "../../web/sync/engine/history-window.ts";
import type { HistoryPlace } from "../../web/sync/engine/ports.ts";
import { Device, pageOf } from "./device.ts";
import { settle } from "./manual-clock.ts";
import { CHAT, connected, entry, ME, message, messages, received, snapshot } from "./sample-chat.ts";

const LOG = messages(1, 1_000);
const seqs = (device: Device) => device.view().messages.map((m) => m.seq ?? 0);

const opened = async () => {
  const device = new Device();
  await device.start([entry(CHAT, 1, { head_seq: 1_000 })]);
  const socket = await device.open(LOG.slice(-50), 1_000);
  device.remote.onHistory = (place, limit) => pageOf(LOG, place, limit);
  const ask = async (verb: "load_older" | "load_newer") => {
    await device.engine.ask("view", { verb });
    await settle();
  };
  return { device, socket, ask };
};

const expectContiguous = (list: number[]) => {
  for (const [i, seq] of list.entries()) expect(seq).toBe((list[0] ?? 0) + i);
};

describe("a screen's window", () => {
  it("SYN11 goes back page by page, from the network and then from the store", async () => {
    const { device, ask } = await opened();
    await ask("load_older");
    await ask("load_older");
    expect([seqs(device)[0], seqs(device).length]).toEqual([851, 150]);
    expect(device.remote.asked).toHaveLength(2);
    expect(device.view().has_older).toBe(true);
    // Another screen has it from the device, without a network.
    device.remote.onHistory = () => {
      throw new Error("not asked");
    };
    device.engine.openView("other", CHAT, "latest");
    await settle();
    await device.engine.ask("other", { verb: "load_older" });
    await settle();
    expect(device.view("other").messages.length).toBe(100);
    expect(device.errors).toEqual([]);
  });

  it("SYN11 stays as it is offline", async () => {
    const { device, ask } = await opened();
    device.remote.onHistory = new Device().remote.onHistory;
    const before = seqs(device);
    await ask("load_older");
    expect(seqs(device)).toEqual(before);
    expect(device.view()).toMatchObject({ is_loading_older: false, has_older: true });
    await device.jump(20);
    expect(seqs(device)).toEqual(before);
  });

  it("SYN12 holds some 400 messages, whichever way it goes", async () => {
    const { device, ask } = await opened();
    for (let i = 0; i < 12; i++) {
      await ask("load_older");
      expectContiguous(seqs(device));
      expect(seqs(device).length).toBeLessThanOrEqual(WINDOW_MESSAGES);
    }
    expect(device.view().has_newer).toBe(true);
    for (let i = 0; i < 12; i++) {
      await ask("load_newer");
      expectContiguous(seqs(device));
    }
    expect(seqs(device).at(-1)).toBe(1_000);
    expect(device.view().has_newer).toBe(false);
  });

  it("SYN11 jumps into the past, and comes back to the head without a hole", async () => {
    const { device, socket, ask } = await opened();
    await device.jump(500);
    await settle();
    expect(seqs(device)).toContain(500);
    expect(device.view().has_newer).toBe(true);
    // News of the head does not show in the past, changes there do.
    socket.say(received(message(1_001, 1_001)));
    const tombstone = message(500, 1_002, { content: null, deleted_at: "2026-01-01T00:00:00.000Z" });
    socket.say({ type: "MESSAGES_CHANGED", chat_id: CHAT, base: 1_001, rev: 1_002, messages: [tombstone] });
    await settle();
    expect(seqs(device)).not.toContain(1_001);
    expect(device.view().messages.find((m) => m.seq === 500)?.kind).toBe("deleted");
    for (let i = 0; i < 12 && device.view().has_newer; i++) await ask("load_newer");
    expectContiguous(seqs(device));
    expect(seqs(device).at(-1)).toBe(1_001);
    socket.say(received(message(1_002, 1_003)));
    await settle();
    expect(seqs(device).at(-1)).toBe(1_002);
    await device.jump(100);
    await device.jump("latest");
    await settle();
    expect(seqs(device).at(-1)).toBe(1_002);
    expectContiguous(seqs(device));
  });

  it("SYN4 drops the older part of a window when a snapshot leaves a gap", async () => {
    const { device, socket, ask } = await opened();
    await ask("load_older");
    socket.say(snapshot(messages(2_000, 2_049), 3_000));
    await settle();
    expect(seqs(device)).toEqual(messages(2_000, 2_049).map((m) => m.seq));
    expect(device.view().has_older).toBe(true);
  });

  it("SYN4 gives a reader of the past true rows again after a snapshot", async () => {
    const { device, socket } = await opened();
    await device.jump(500);
    const tombstone = message(500, 2_500, { content: null, deleted_at: "2026-01-01T00:00:00.000Z" });
    const after = LOG.map((m) => (m.seq === 500 ? tombstone : m));
    device.remote.onHistory = (place, limit) => pageOf(after, place, limit);
    socket.say(snapshot(messages(2_000, 2_049), 3_000));
    await settle();
    expect(seqs(device)).toContain(500);
    expect(device.view().messages.find((m) => m.seq === 500)?.kind).toBe("deleted");
    expectContiguous(seqs(device));
  });

  it("SYN12 keeps what a reader away from the end is looking at, and trims for one who follows", () => {
    const window = new HistoryWindow();
    window.replace(LOG.slice(0, 390), true);
    for (const row of LOG.slice(390, 600)) window.apply([row], false);
    expect([window.low, window.high]).toEqual([1, 600]);
    window.apply(LOG.slice(600, 601), true);
    expect([window.low, window.high]).toEqual([202, 601]);
  });

  it("SYN8 forgets a page that a jump has overtaken", async () => {
    const window = new HistoryWindow();
    window.replace(LOG.slice(100, 150), false);
    let answer: (rows: typeof LOG) => void = () => undefined;
    const late = window.join(
      () => new Promise((resolve) => (answer = resolve)),
      "older",
      () => false,
    );
    window.replace(LOG.slice(700, 750), false);
    answer(LOG.slice(50, 100));
    expect(await late).toEqual([]);
    expect(window.low).toBe(701);
  });

  describe("SYN14 opens at the first unread message, however far back", () => {
    const ROWS = messages(1, 300);
    const readTo = (read_seq: number) => ({ receipts: [{ user_id: ME, delivered_seq: read_seq, read_seq }] });
    const greeted = async (read_seq: number, unread: number, device = new Device()) => {
      await device.start([entry(CHAT, 1, { head_seq: 300, read_seq, unread })]);
      device.remote.onHistory = (place, limit) => pageOf(ROWS, place, limit);
      device.engine.openView("view", CHAT, "latest");
      await settle();
      const socket = device.network.last(CHAT);
      socket.open();
      socket.say(connected(CHAT), snapshot(ROWS.slice(-50), 300, readTo(read_seq)));
      await settle();
      return { device, socket };
    };

    it("and goes on from there to the end", async () => {
      const { device } = await greeted(120, 180);
      expect(device.view()).toMatchObject({ status: "ready", first_unread_seq: 121, has_newer: true, unread: 180 });
      expect(seqs(device)).toContain(121);
      await device.engine.ask("view", { verb: "mark_read", seq: 130 });
      await settle();
      expect(device.view()).toMatchObject({ first_unread_seq: 121, unread: 170 });
      for (let i = 0; i < 10 && device.view().has_newer; i++) {
        await device.engine.ask("view", { verb: "load_newer" });
        await settle();
      }
      expect(seqs(device).at(-1)).toBe(300);
      expectContiguous(seqs(device));
      expect(device.errors).toEqual([]);
    });

    it("and counts nothing as read before it is there", async () => {
      const device = new Device();
      let answer: (() => void) | undefined;
      await device.start([entry(CHAT, 1, { head_seq: 300, read_seq: 20, unread: 280 })]);
      device.remote.onHistory = async (place, limit) => {
        await new Promise<void>((resolve) => {
          answer = resolve;
        });
        return pageOf(ROWS, place, limit);
      };
      await device.open(ROWS.slice(-50), 300);
      await device.engine.ask("view", { verb: "mark_read", seq: 300 });
      await settle();
      expect(device.view().unread).toBe(280);
      answer?.();
      await settle();
      expect(device.view()).toMatchObject({ status: "ready", first_unread_seq: 21, unread: 280 });
    });

    it("or at the end, where there is no way to it", async () => {
      const device = new Device();
      await device.start([entry(CHAT, 1, { head_seq: 300, read_seq: 120, unread: 180 })]);
      await device.open(ROWS.slice(-50), 300);
      expect(device.view()).toMatchObject({ status: "ready", first_unread_seq: 251, has_newer: false });
      await device.engine.ask("view", { verb: "mark_read", seq: 300 });
      await settle();
      expect(device.view().unread).toBe(0);
    });

    it("but not for what is one's own, nor on a screen that was opened at a message", async () => {
      const { device } = await greeted(120, 0);
      expect(device.view()).toMatchObject({ has_newer: false });
      expect(device.remote.asked).toEqual([]);
      const there = await greeted(120, 180);
      there.device.engine.openView("other", CHAT, 40);
      await settle();
      expect(seqs(there.device).length).toBeGreaterThan(0);
      expect(there.device.view("other").messages.some((one) => one.seq === 40)).toBe(true);
    });

    it("nor when its reader has been at the end for a while", async () => {
      const device = new Device();
      await device.start([entry(CHAT, 1, { head_seq: 300, read_seq: 120, unread: 180 })]);
      device.remote.onHistory = (place, limit) => pageOf(ROWS, place, limit);
      device.engine.openView("view", CHAT, "latest");
      await settle();
      await device.clock.advance(11_000);
      const socket = device.network.last(CHAT);
      socket.open();
      socket.say(connected(CHAT), snapshot(ROWS.slice(-50), 300, readTo(120)));
      await settle();
      expect(device.view()).toMatchObject({ has_newer: false, first_unread_seq: 251 });
    });

    it("also where the list does not know yet how far the chat has come", async () => {
      const device = new Device();
      await device.start([entry(CHAT, 1, { head_seq: 130, read_seq: 120, unread: 10 })]);
      device.remote.onHistory = (place, limit) => pageOf(ROWS, place, limit);
      device.engine.openView("view", CHAT, "latest");
      await settle();
      const socket = device.network.last(CHAT);
      socket.open();
      socket.say(connected(CHAT), snapshot(ROWS.slice(-50), 300, readTo(120)));
      await settle();
      expect(device.view()).toMatchObject({ first_unread_seq: 121, has_newer: true });
    });

    it("and goes on to it over what was never unread", async () => {
      const own = ROWS.map((one) => (one.seq > 120 && one.seq <= 200 ? { ...one, sender_id: ME } : one));
      const device = new Device();
      await device.start([entry(CHAT, 1, { head_seq: 300, read_seq: 120, unread: 100 })]);
      device.remote.onHistory = (place, limit) => pageOf(own, place, limit);
      device.engine.openView("view", CHAT, "latest");
      await settle();
      const socket = device.network.last(CHAT);
      socket.open();
      socket.say(connected(CHAT), snapshot(own.slice(-50), 300, readTo(120)));
      await settle();
      expect(device.view()).toMatchObject({ status: "ready", first_unread_seq: 201 });
      expectContiguous(seqs(device));
    });

    /** On screen stands the stored end; the page of the first unread message is on its way. */
    const seeking = async () => {
      const device = new Device();
      const answers: (() => void)[] = [];
      await device.start([entry(CHAT, 1, { head_seq: 300, read_seq: 120, unread: 180 })]);
      const asked: HistoryPlace[] = [];
      device.remote.onHistory = async (place, limit) => {
        asked.push(place);
        await new Promise<void>((resolve) => answers.push(resolve));
        return pageOf(ROWS, place, limit);
      };
      await device.open(ROWS.slice(-50), 300);
      const answer = async (i: number) => {
        answers[i]?.();
        await settle();
      };
      return { device, asked, answer };
    };

    it("but waits for its page no longer than a few seconds, and a late one moves nobody", async () => {
      const { device, asked, answer } = await seeking();
      expect(device.view().status).toBe("loading");
      await device.clock.advance(4_100);
      expect(device.view()).toMatchObject({ status: "ready", has_newer: false, first_unread_seq: 251 });
      await device.engine.ask("view", { verb: "mark_read", seq: 300 });
      await settle();
      expect(device.view().unread).toBe(0);
      await answer(0);
      expect(asked).toHaveLength(1);
      expect(seqs(device).at(-1)).toBe(300);
    });

    it("leaves whoever jumps meanwhile where they jump to, whichever page comes first", async () => {
      for (const order of [
        [0, 1],
        [1, 0],
      ]) {
        const { device, answer } = await seeking();
        void device.jump(40);
        await settle();
        for (const i of order) await answer(i);
        expect(seqs(device), `${order}`).toContain(40);
        expect(device.view().status).toBe("ready");
      }
    });

    it("and asks again for its page where a snapshot made it void", async () => {
      const { device, asked, answer } = await seeking();
      const tombstone = message(130, 301, { content: null, deleted_at: "2026-01-01T00:01:00.000Z" });
      const now = ROWS.map((one) => (one.seq === 130 ? tombstone : one));
      device.network.last(CHAT).say(snapshot(now.slice(-50), 301));
      await settle();
      const before = device.remote.onHistory;
      device.remote.onHistory = async (place, limit) => {
        await before(place, limit);
        return pageOf(now, place, limit);
      };
      await answer(0);
      await answer(1);
      expect(asked).toHaveLength(2);
      expect(device.view().messages.find((one) => one.seq === 130)?.kind).toBe("deleted");
      expect(device.view()).toMatchObject({ status: "ready", first_unread_seq: 121 });
    });

    it("and counts nothing that was seen at the end before somebody jumped away", async () => {
      const { device, answer } = await seeking();
      await device.engine.ask("view", { verb: "mark_read", seq: 290 });
      void device.jump(40);
      await settle();
      for (const i of [0, 1]) await answer(i);
      await device.clock.advance(15_000);
      expect(device.view().unread).toBe(180);
    });

    it("and counts the whole as read where the person says so", async () => {
      const { device } = await seeking();
      await device.engine.ask("view", { verb: "mark_read", seq: 300, is_whole: true });
      await settle();
      expect(device.view().unread).toBe(0);
    });

    it("and counts what was seen at the end once it stays there", async () => {
      const { device } = await seeking();
      await device.engine.ask("view", { verb: "mark_read", seq: 290 });
      await settle();
      expect(device.view().unread).toBe(180);
      await device.clock.advance(4_100);
      expect(device.view().unread).toBe(10);
    });
  });
});
