import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startServer, type TestServer } from "../harness/server.ts";
import { Api } from "../proofs/api.ts";
import { mintPeople } from "../proofs/people.ts";

/** A loaded machine may take its time; nobody looks at a chat until its alarms have done what is due. */
const WAIT = { timeout: 40_000, interval: 500 };
const CHATS = 3;
const EACH = 12;

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ canInspect: true });
});
afterAll(() => server.stop());

const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();

it("ALM3 SCH7 EXP2 REM5 what waits is sent once, what is over goes and reminders ring, over kills and without anybody looking", async () => {
  const [ada, bela] = await mintPeople(server, ["ada", "bela"]);
  if (!ada || !bela) throw new Error("two people");
  const [api, hers] = [new Api(server.url, ada), new Api(server.url, bela)];
  const chats: string[] = [];
  for (let n = 0; n < CHATS; n++) {
    const body = { chat_type: "group" as const, chat_name: `Chat ${n}`, participants: [bela.user_id] };
    chats.push((await api.createChat(body)).chat.chat_id);
  }

  // Due all along the two kills below: before, between and after them, and while the server is down.
  const due = new Map<string, number>();
  let reminders = 0;
  for (const [c, chatId] of chats.entries()) {
    for (let n = 0; n < EACH; n++) {
      const send_at = inMs(1_500 + n * 600 + c * 50);
      const { client_msg_id } = await api.schedule(chatId, { content: `waits ${c} ${n}`, send_at });
      due.set(client_msg_id, Date.parse(send_at));
      const { message_id } = await api.send(chatId, { content: `secret ${c} ${n}`, expires_in_s: 5 + (n % 4) });
      if (n % 4 > 0) continue;
      await hers.remind(message_id, { remind_at: inMs(1_500 + n * 600) });
      reminders++;
    }
  }
  for (const [alive, down] of [
    [1_500, 0],
    [2_000, 2_000],
  ] as const) {
    await delay(alive);
    await server.kill();
    await delay(down);
    await server.restart();
  }

  // What lies in the databases, past every door that would do what is due: the alarms have done it.
  for (const chatId of chats) {
    const left = async () => [
      ...(await server.storage("ChatObject", chatId, "SELECT client_msg_id FROM scheduled")),
      ...(await server.storage("ChatObject", chatId, "SELECT seq FROM message WHERE content LIKE '%secret%'")),
    ];
    await expect.poll(left, WAIT).toEqual([]);
    const rows = await server.storage("ChatObject", chatId, "SELECT expires_at, deleted_at FROM message");
    expect(rows.filter(({ expires_at }) => expires_at !== null)).toHaveLength(EACH);
    expect(rows.every(({ expires_at, deleted_at }) => expires_at === deleted_at)).toBe(true);
  }
  const rung = () => server.storage("UserObject", bela.user_id, "SELECT seq FROM reminder WHERE is_due = 1");
  await expect.poll(rung, WAIT).toHaveLength(reminders);

  for (const chatId of chats) {
    const history = await hers.wholeHistory(chatId);
    expect(history.map(({ seq }) => seq)).toEqual(history.map((_, i) => i + 1));
    const waited = history.filter(({ client_msg_id }) => due.has(client_msg_id ?? ""));
    expect(new Set(waited.map(({ client_msg_id }) => client_msg_id)).size).toBe(EACH);
    expect(waited).toHaveLength(EACH);
    for (const { client_msg_id, created_at } of waited)
      expect(Date.parse(created_at)).toBeGreaterThanOrEqual(due.get(client_msg_id ?? "") ?? 0);
    expect(history.filter(({ is_expired }) => is_expired)).toHaveLength(EACH);
  }
  const unread = async () => (await hers.listChats()).chats.map((line) => line.unread);
  await expect.poll(unread, WAIT).toEqual(chats.map(() => EACH));
  expect((await hers.reminders()).reminders).toHaveLength(reminders);
}, 180_000);
