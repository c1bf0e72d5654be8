import { beforeAll, expect, it } from "vitest";
import { newClientMsgId } from "../../src/protocol/ids.ts";
import type { ChatView } from "../../src/protocol/rest.ts";
import { call, prepare, type Somebody, somebody } from "./world.ts";

beforeAll(prepare);

const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();
const HOUR = 3_600_000;

/** Two people in a group, in which the first has said something. */
async function setUp() {
  const [ada, bela] = [await somebody(), await somebody()];
  const made = await call("createChat", {
    ...{ token: ada.token, body: { chat_type: "group", name: "x", participants: [bela.user_id] } },
  });
  const { chat_id } = (made.data as unknown as ChatView).chat;
  const params = { id: chat_id };
  const sent = await call("sendMessage", { token: ada.token, params, body: { content: "hello" } });
  return { ada, bela, chat_id, params, message_id: String(sent.data.message_id), seq: Number(sent.data.seq) };
}

type Set = Awaited<ReturnType<typeof setUp>>;

const schedule = ({ params }: Set, { token }: Somebody, body: object) =>
  call("scheduleMessage", { token, params, body });
const list = async ({ params }: Set, { token }: Somebody) =>
  (await call("listScheduled", { token, params })).data.messages as unknown as { client_msg_id: string }[];

it("SCH1 SCH3 keeps, lists, changes and takes back what waits, as text or as any content", async () => {
  const set = await setUp();
  const { ada, bela, chat_id } = set;
  const send_at = inMs(HOUR);
  const { data } = await schedule(set, ada, { content: "later", send_at });
  expect(data).toMatchObject({ chat_id, send_at, message_type: "text", content: { text: "later" } });
  const place = { latitude: 53.5, longitude: 9.9 };
  await schedule(set, ada, { content: place, message_type: "location", send_at: inMs(2 * HOUR) });
  expect(await list(set, ada)).toMatchObject([{ content: { text: "later" } }, { content: place }]);
  expect(await list(set, bela)).toEqual([]);
  const { token } = ada;
  const params = { id: chat_id, clientMsgId: String(data.client_msg_id) };
  const changed = await call("changeScheduled", {
    token,
    params,
    body: { content: "much later", send_at: inMs(3 * HOUR) },
  });
  expect(changed.data).toMatchObject({ content: { text: "much later" } });
  expect((await call("changeScheduled", { token, params, body: {} })).error?.code).toBe("invalid");
  expect((await call("changeScheduled", { token: bela.token, params, body: { content: "x" } })).error?.code).toBe(
    "not_found",
  );
  expect(await list(set, ada)).toMatchObject([{ content: place }, { content: { text: "much later" } }]);
  await call("cancelScheduled", { token, params });
  expect((await call("cancelScheduled", { token, params })).error?.code).toBe("not_found");
  expect(await list(set, ada)).toHaveLength(1);
});

it("SCH2 SCH4 a repeat has no second effect; what is due is sent; what is too late is refused", async () => {
  const set = await setUp();
  const { ada, chat_id } = set;
  const body = { content: "now", send_at: inMs(-1_000), client_msg_id: newClientMsgId(), command_id: newClientMsgId() };
  expect((await schedule(set, ada, body)).status).toBe(201);
  expect((await schedule(set, ada, body)).data).toMatchObject({ client_msg_id: body.client_msg_id });
  const { data } = await call("history", { token: ada.token, params: set.params });
  const said = data.messages as unknown as { client_msg_id?: string }[];
  expect(said.filter(({ client_msg_id }) => client_msg_id === body.client_msg_id)).toHaveLength(1);
  expect(await list(set, ada)).toEqual([]);
  const params = { id: chat_id, clientMsgId: body.client_msg_id };
  expect((await call("cancelScheduled", { token: ada.token, params })).error?.code).toBe("too_late");
  expect((await schedule(set, ada, { content: "late", send_at: inMs(-2 * HOUR) })).error?.code).toBe("too_late");
  expect((await schedule(set, ada, { content: "never", send_at: "2026-02-31T25:00:00.000Z" })).error?.code).toBe(
    "invalid",
  );
});

it("EXP1 a message sent over HTTP says when it disappears, and nothing outside the limits is taken", async () => {
  const { ada, params } = await setUp();
  const send = (expires_in_s: number) =>
    call("sendMessage", { token: ada.token, params, body: { content: "secret", expires_in_s } });
  const { data } = await send(60);
  expect(Date.parse(String(data.expires_at)) - Date.parse(String(data.created_at))).toBe(60_000);
  for (const seconds of [4, 31_536_001, 5.5]) expect((await send(seconds)).error?.code).toBe("invalid");
});

it("REM1 REM2 sets, lists and takes back reminders, of messages that are there", async () => {
  const { ada, bela, chat_id, message_id, seq } = await setUp();
  const remind = (who: Somebody, id: string, remind_at: string | null) =>
    call("setReminder", { token: who.token, params: { id }, body: { remind_at } });
  const remind_at = inMs(HOUR);
  expect((await remind(bela, message_id, remind_at)).data).toEqual({ chat_id, seq, remind_at });
  const listed = async (who: Somebody) => (await call("listReminders", { token: who.token })).data.reminders;
  expect(await listed(bela)).toEqual([{ chat_id, seq, remind_at }]);
  expect(await listed(ada)).toEqual([]);
  expect((await remind(bela, `${chat_id}.99`, remind_at)).error?.code).toBe("not_found");
  expect((await remind(await somebody(), message_id, remind_at)).error?.code).toBe("not_found");
  expect((await remind(bela, message_id, inMs(-HOUR))).error?.code).toBe("too_late");
  expect((await remind(bela, message_id, null)).data).toMatchObject({ seq, is_removed: true });
  expect(await listed(bela)).toEqual([]);
});
