import { beforeAll, describe, expect, it } from "vitest";
import { QUOTAS } from "../../durable-objects/guard/policy.ts";
import { guardName } from "../../src/http/attempt.ts";
import type { Env } from "../../src/http/env.ts";
import type { ChatView } from "../../src/protocol/rest.ts";
import { TestSocket } from "./test-socket.ts";
import { anotherDevice, ask, bindings, call, prepare, readAnswer, type Somebody, somebody } from "./world.ts";

beforeAll(prepare);

describe("requests of one session", () => {
  /** Ten seconds' worth at once, and an opened socket counts as ten. */
  const vars = { HTTP_PER_S: "3" };

  it("are refused above the limit, whatever they ask, with the seconds to wait; other devices are not held", async () => {
    const ada = await somebody();
    const phone = await anotherDevice(ada);
    const asked = { token: ada.token, vars };
    const answers = [];
    for (let i = 0; i < 40; i++) answers.push(await call("setStatus", { ...asked, body: { status: "online" } }));
    const refused = answers.filter(({ error }) => error?.code === "rate_limited");
    expect(refused.length).toBeGreaterThan(0);
    expect(answers.slice(0, 30).every(({ status }) => status === 200)).toBe(true);
    for (const { status, error, headers } of refused) {
      expect([status, headers.get("retry-after")]).toEqual([429, String(error?.retry_after)]);
      expect(error?.retry_after).toBeGreaterThan(0);
    }
    for (let i = 0; i < 10; i++) await call("me", asked);
    expect((await call("me", asked)).error?.code).toBe("rate_limited");
    expect((await call("me", { token: phone.token, vars })).status).toBe(200);
  });

  it("opening sockets counts too, at every door", async () => {
    const vars = { HTTP_PER_S: "1" };
    const [ada, bob] = [await somebody(), await somebody()];
    const headers = { upgrade: "websocket", authorization: `Bearer ${ada.token}` };
    const first = await ask("/api/v1/ws", { headers }, vars);
    expect(first.status).toBe(101);
    first.webSocket?.accept();
    const { status, error } = await readAnswer(await ask("/api/v1/ws", { headers }, vars));
    expect([status, error?.code]).toEqual([429, "rate_limited"]);
    expect((await call("me", { token: ada.token, vars })).error?.code).toBe("rate_limited");

    const relayed = async (token: string): Promise<string> => {
      const { webSocket } = await ask("/api/v1/ws", { headers: { upgrade: "websocket" } }, vars);
      if (!webSocket) throw new Error("no socket");
      webSocket.accept();
      const answer = new Promise<string>((resolve) => {
        webSocket.addEventListener("message", ({ data }) => resolve(String(data)), { once: true });
      });
      webSocket.send(JSON.stringify({ type: "CONNECT", token }));
      return answer;
    };
    expect(await relayed(bob.token)).toContain("CONNECTED");
    expect(await relayed(bob.token)).toContain("rate_limited");
  });

  it("people never notice: what a client asks for when it comes back is served", async () => {
    const ada = await somebody();
    const sockets = await Promise.all(Array.from({ length: 10 }, () => TestSocket.hub(ada.token)));
    const answers = await Promise.all(Array.from({ length: 200 }, () => call("me", { token: ada.token })));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    for (const socket of sockets) socket.close();
  });
});

describe("what lands in other people's lists", () => {
  const guardOf = async (who: Somebody) => {
    const name = await guardName("person", who.user_id);
    return bindings.GUARDS.get(bindings.GUARDS.idFromName(name));
  };
  const group = (who: Somebody, others: Somebody[], more: object = {}, vars: Partial<Env> = {}) => {
    const participants = others.map((other) => other.user_id);
    return call("createChat", {
      token: who.token,
      body: { chat_type: "group", name: "Boat", participants, ...more },
      vars,
    });
  };
  const add = (who: Somebody, id: string, other: Somebody, vars: Partial<Env> = {}) =>
    call("addParticipants", { token: who.token, params: { id }, body: { user_ids: [other.user_id] }, vars });
  const listOf = async (who: Somebody) =>
    (await call("listChats", { token: who.token })).data.chats as unknown as object[];

  it("groups are made so many an hour by one account; it is told when to come again, and others are not held", async () => {
    const [ada, bob, eve] = [await somebody(), await somebody(), await somebody()];
    await (await guardOf(ada)).spend("before", { groups: QUOTAS.groups.local_limit - 1 });
    expect((await group(ada, [bob])).status).toBe(201);
    const { status, error, headers } = await group(ada, [eve]);
    expect([status, error?.code]).toEqual([429, "rate_limited"]);
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(3_500);
    expect(await listOf(eve)).toEqual([]);
    expect((await group(bob, [ada])).status).toBe(201);
    // Who may make no group may still write to somebody.
    const direct = { chat_type: "direct", participants: [eve.user_id] };
    expect((await call("createChat", { token: ada.token, body: direct })).status).toBe(201);
  });

  it("people are added so many an hour by one account, in new groups and in old ones", async () => {
    const [ada, bob, cleo, eve] = [await somebody(), await somebody(), await somebody(), await somebody()];
    const { chat } = (await group(ada, [bob])).data as unknown as ChatView;
    await (await guardOf(ada)).spend("before", { people: QUOTAS.people.local_limit - 2 });
    expect((await add(ada, chat.chat_id, cleo)).status).toBe(201);
    const { status, error, headers } = await add(ada, chat.chat_id, eve);
    expect([status, error?.code]).toEqual([429, "rate_limited"]);
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(3_500);
    expect((await group(ada, [bob, eve])).error?.code).toBe("rate_limited");
    expect(await listOf(eve)).toEqual([]);
  });

  it("a group that is asked for again is counted once, and comes when the limit is reached too", async () => {
    const [ada, bob] = [await somebody(), await somebody()];
    await (await guardOf(ada)).spend("before", { groups: QUOTAS.groups.local_limit - 1 });
    const again = () => group(ada, [bob], { client_chat_id: "tap" });
    const ids = [await again(), await again(), await again()].map(
      (one) => (one.data as unknown as ChatView).chat.chat_id,
    );
    expect(new Set(ids).size).toBe(1);
  });

  it("what was refused costs nothing; what may have been done does", async () => {
    const [ada, bob, eve] = [await somebody(), await somebody(), await somebody()];
    const { chat } = (await group(bob, [eve])).data as unknown as ChatView;
    await (await guardOf(ada)).spend("before", {
      people: QUOTAS.people.local_limit - 1,
      groups: QUOTAS.groups.local_limit - 1,
    });
    for (let i = 0; i < 3; i++) expect((await add(ada, chat.chat_id, eve)).error?.code).toBe("not_found");
    const broken = {
      idFromName: (name: string) => name,
      get: () => ({ create: () => Promise.reject(Object.assign(new Error("gone"), { overloaded: true })) }),
    } as unknown as Env["CHATS"];
    expect((await group(ada, [bob], {}, { CHATS: broken })).error?.code).toBe("unavailable");
    expect((await group(ada, [bob])).error?.code).toBe("rate_limited");
  });
});
