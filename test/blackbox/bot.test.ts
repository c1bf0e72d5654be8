import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { newClientMsgId } from "../../src/protocol/ids.ts";
import { ParleyError } from "../../src/protocol/sdk/calls.ts";
import { Parley } from "../../src/protocol/sdk/parley.ts";
import { startServer, type TestServer } from "../harness/server.ts";
import { ROOT } from "../harness/source-tree.ts";

const PASSWORD = "harbour lantern 7";
let server: TestServer;
let ada: Parley;
let bot: ChildProcess | undefined;
let said = "";

beforeAll(async () => {
  server = await startServer({});
  for (const username of ["ada", "echo"]) {
    const body = JSON.stringify({ username, email: `${username}@example.com`, password: PASSWORD });
    const headers = { "content-type": "application/json" };
    await fetch(`${server.url}/api/v1/auth/register`, { method: "POST", body, headers });
  }
  ada = await Parley.signIn({ url: server.url, login: "ada", password: PASSWORD });
});
afterAll(async () => {
  await stopBot();
  await server.stop();
});

async function startBot(): Promise<void> {
  said = "";
  bot = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", join(ROOT, "docs", "echo-bot.ts")], {
    env: { ...process.env, PARLEY_URL: server.url, BOT_LOGIN: "echo", BOT_PASSWORD: PASSWORD },
  });
  bot.stdout?.on("data", (chunk) => {
    said += String(chunk);
  });
  await expect.poll(() => said, { timeout: 30_000 }).toContain("listening");
}

async function stopBot(): Promise<void> {
  if (!bot || bot.exitCode !== null) return;
  const gone = once(bot, "exit");
  bot.kill("SIGTERM");
  await gone;
}

const texts = async (chatId: string): Promise<string[]> => {
  const { messages: late, nextBeforeId } = await ada.api.history({ id: chatId, limit: 100 });
  const older = nextBeforeId && (await ada.api.history({ id: chatId, limit: 100, beforeId: nextBeforeId }));
  return [...(older ? older.messages : []), ...late].flatMap(({ senderId, content }) =>
    content && "text" in content ? [`${senderId === ada.userId ? "ada" : "echo"}: ${content.text}`] : [],
  );
};

it("BOT1 the bot of the documentation echoes each message once, across its own restart and the server's", async () => {
  await startBot();
  const { users } = await ada.api.searchUsers({ q: "echo" });
  const { chat } = await ada.api.createChat({ chatType: "direct", participants: users.map((one) => one.userId) });
  const say = (content: string) => ada.api.sendMessage({ id: chat.chatId, content, clientMsgId: newClientMsgId() });
  const heard = (text: string) =>
    expect.poll(() => texts(chat.chatId), { timeout: 40_000, interval: 300 }).toContain(`echo: ${text}`);
  await say("one");
  await heard("one");
  await stopBot();
  for (let i = 2; i < 62; i++) await say(`while away ${i}`);
  await startBot();
  await heard("while away 61");
  await server.kill();
  await server.restart();
  await say("after the crash");
  await heard("after the crash");
  await expect
    .poll(async () => (await texts(chat.chatId)).filter((line) => line.startsWith("echo")).length, { timeout: 20_000 })
    .toBe(62);
  const log = await texts(chat.chatId);
  const echoes = log.filter((line) => line.startsWith("echo: ")).map((line) => line.slice(6));
  expect(new Set(echoes).size).toBe(62);
  expect(echoes).toEqual(log.filter((line) => line.startsWith("ada: ")).map((line) => line.slice(5)));
}, 180_000);

it("BOT2 a refusal is an error with its code, and what is sent again is one message", async () => {
  await expect(ada.api.getChat({ id: `g${"0".repeat(25)}` })).rejects.toMatchObject({
    name: "ParleyError",
    code: "not_found",
  });
  await expect(Parley.signIn({ url: server.url, login: "ada", password: "wrong wrong" })).rejects.toThrow(ParleyError);
  await expect(Parley.signIn({ url: "http://127.0.0.1:9", login: "a", password: "b" })).rejects.toMatchObject({
    code: "unavailable",
  });
  const { chat } = await ada.api.createChat({ chatType: "group", chatName: "Twice", participants: [] });
  const body = { id: chat.chatId, content: "once", clientMsgId: "once" };
  const [first, second] = [await ada.api.sendMessage(body), await ada.api.sendMessage(body)];
  expect(second.seq).toBe(first.seq);
});
