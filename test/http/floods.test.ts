import { beforeAll, describe, expect, it } from "vitest";
import { TestSocket } from "./test-socket.ts";
import { anotherDevice, ask, call, prepare, readAnswer, somebody } from "./world.ts";

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
