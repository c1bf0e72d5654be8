import { afterAll, beforeAll, expect, it } from "vitest";
import { startServer, type TestServer } from "../harness/server.ts";
import { Api } from "../proofs/api.ts";
import { mintPeople } from "../proofs/people.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer({});
});
afterAll(() => server.stop());

it("INB3 INB6 a kill right after an acknowledgement leaves no inbox wrong", async () => {
  const [ada, bela, cleo] = await mintPeople(server, ["ada", "bela", "cleo"]);
  if (!ada || !bela || !cleo) throw new Error("three people");
  const api = new Api(server.url, ada);
  const chats: string[] = [];
  for (let n = 0; n < 4; n++) {
    const participants = [bela.user_id, cleo.user_id];
    chats.push((await api.createChat({ chat_type: "group", chat_name: `Chat ${n}`, participants })).chat.chat_id);
  }
  const sent = new Map(chats.map((chatId) => [chatId, 0]));
  for (let round = 0; round < 2; round++) {
    for (let n = 0; n < 12; n++) {
      const chatId = chats[n % chats.length] ?? "";
      await api.send(chatId, { content: `round ${round} message ${n}` });
      sent.set(chatId, (sent.get(chatId) ?? 0) + 1);
    }
    await server.kill();
    await server.restart();
    for (const person of [bela, cleo]) {
      await expect
        .poll(
          async () => {
            const listed = await new Api(server.url, person).listChats();
            return Object.fromEntries(listed.chats.map((chat) => [chat.chat_id, chat.unread]));
          },
          { timeout: 30_000, interval: 250 },
        )
        .toEqual(Object.fromEntries(sent));
    }
  }
});
