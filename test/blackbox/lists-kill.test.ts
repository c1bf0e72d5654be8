import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startServer, type TestServer } from "../harness/server.ts";
import { Api } from "../proofs/api.ts";
import { mintPeople } from "../proofs/people.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer({});
});
afterAll(() => server.stop());

it("BRD3 a list killed while it brings its messages brings each to everybody once, in order", async () => {
  const names = Array.from({ length: 40 }, (_, i) => `reader${i}`);
  const [ada, ...readers] = await mintPeople(server, ["ada", ...names]);
  if (!ada) throw new Error("somebody who writes");
  const api = new Api(server.url, ada);
  const participants = readers.map((reader) => reader.user_id);
  const { chat } = await api.createChat({ chat_type: "broadcast", chat_name: "News", participants });
  const texts: string[] = [];
  // Before the first copy, among them, and among those of two messages at once.
  for (const [alive, count] of [
    [0, 1],
    [20, 1],
    [80, 2],
    [160, 1],
  ] as const) {
    for (let n = 0; n < count; n++) {
      texts.push(`news ${texts.length}`);
      await api.send(chat.chat_id, { content: texts.at(-1) ?? "" });
    }
    await delay(alive);
    await server.kill();
    await server.restart();
  }
  for (const reader of readers) {
    const theirs = new Api(server.url, reader);
    await expect
      .poll(
        async () => {
          const [direct] = (await theirs.listChats()).chats;
          if (!direct) return [];
          const messages = await theirs.wholeHistory(direct.chat_id);
          return messages.map(({ content }) => (content && "text" in content ? content.text : content));
        },
        { timeout: 60_000, interval: 250 },
      )
      .toEqual(texts);
  }
});
