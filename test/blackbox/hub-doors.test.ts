import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { startServer, type TestServer } from "../harness/server.ts";
import { Api, ask, bearer } from "../proofs/api.ts";
import { mintPeople, type SignedIn } from "../proofs/people.ts";

const HUB_PATHS = ["/api/v1/ws", "/api/ws", "/ws", "/api/v1/chat/connect", "/api/chat/connect", "/chat"];

interface Opening {
  protocols?: string[];
  headers?: Record<string, string>;
}

interface Visitor {
  socket: WebSocket;
  frames: Record<string, unknown>[];
  closed: Promise<{ code: number; reason: string }>;
  /** The first frame of a type, waited for. */
  next(type: string): Promise<Record<string, unknown>>;
}

let server: TestServer;
let ada: SignedIn;
let bela: SignedIn;
let mallory: SignedIn;
beforeAll(async () => {
  server = await startServer({});
  [ada, bela, mallory] = (await mintPeople(server, ["ada", "bela", "mallory"])) as [SignedIn, SignedIn, SignedIn];
});
afterAll(() => server.stop());

/** Opens a socket; a refused upgrade is returned as its status and body. */
function visit(
  path: string,
  { protocols = [], headers = {} }: Opening = {},
): Promise<Visitor | { status: number; body: string }> {
  const socket = new WebSocket(server.socketUrl + path, protocols, { headers });
  const frames: Record<string, unknown>[] = [];
  const checks = new Set<() => void>();
  socket.on("message", (data) => {
    const parsed: unknown = JSON.parse(String(data));
    frames.push(...((Array.isArray(parsed) ? parsed : [parsed]) as Record<string, unknown>[]));
    for (const check of [...checks]) check();
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once("close", (code, reason) => resolve({ code, reason: String(reason) }));
  });
  const next = (type: string) =>
    new Promise<Record<string, unknown>>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no ${type}: ${JSON.stringify(frames)}`)), 15_000);
      const check = () => {
        const found = frames.find((frame) => frame.type === type);
        if (!found) return;
        clearTimeout(timer);
        checks.delete(check);
        resolve(found);
      };
      checks.add(check);
      check();
    });
  return new Promise((resolve, reject) => {
    socket.once("open", () => resolve({ socket, frames, closed, next }));
    socket.once("unexpected-response", (_, response) => {
      let body = "";
      response.on("data", (chunk) => {
        body += String(chunk);
      });
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, body });
        socket.terminate();
      });
    });
    socket.once("error", reject);
  });
}

/**
 * How the server closed a socket. Locally the runtime keeps the TCP connection of an object's socket for a while after
 * the close frame; a browser waits 2 s for it, `ws` half a minute.
 */
async function farewell({ socket, closed }: Visitor): Promise<{ code: number; reason: string }> {
  await expect
    .poll(() => socket.readyState, { timeout: 5_000, interval: 20 })
    .toBeGreaterThanOrEqual(WebSocket.CLOSING);
  socket.terminate();
  return closed;
}

async function opened(path: string, opening?: Opening): Promise<Visitor> {
  const visitor = await visit(path, opening);
  if ("status" in visitor) throw new Error(`refused: ${visitor.status} ${visitor.body}`);
  return visitor;
}

const tokenEntry = (person: SignedIn) => `parley.token.${person.access_token}`;

describe("doors", () => {
  it("DOR1 takes the token from the header, and selects parley.1 only when it was offered", async () => {
    const plain = await opened("/api/v1/ws", { headers: bearer(ada) });
    expect(await plain.next("CONNECTED")).toMatchObject({ user_id: ada.user_id, device_id: ada.device_id });
    expect(plain.socket.protocol).toBe("");
    const arrays = await opened("/api/v1/ws", { headers: bearer(ada), protocols: ["parley.1"] });
    await arrays.next("CONNECTED");
    expect(arrays.socket.protocol).toBe("parley.1");
    for (const { socket } of [plain, arrays]) socket.close();
  });

  it("DOR1 takes the token from a sub-protocol entry and never selects it", async () => {
    const { chat } = await new Api(server.url, ada).createChat({
      chat_type: "group",
      chat_name: "G",
      participants: [],
    });
    for (const path of ["/api/v1/ws", `/api/v1/chats/${chat.chat_id}/connect`, `/api/chats/${chat.chat_id}/connect`]) {
      const visitor = await opened(path, {
        protocols: ["parley.1", tokenEntry(ada)],
        headers: { origin: server.url },
      });
      expect(await visitor.next("CONNECTED")).toMatchObject({ user_id: ada.user_id });
      expect(visitor.socket.protocol).toBe("parley.1");
      visitor.socket.close();
    }
  });

  it("DOR1 knows no token in the address", async () => {
    const { chat } = await new Api(server.url, ada).createChat({
      chat_type: "group",
      chat_name: "G",
      participants: [],
    });
    for (const name of ["token", "access_token"]) {
      const visitor = await opened(`/api/v1/chats/${chat.chat_id}/connect?${name}=${ada.access_token}`);
      expect(await visitor.closed).toMatchObject({ code: 4401 });
      expect(visitor.frames).toMatchObject([{ type: "ERROR", code: "unauthenticated" }]);
    }
  });

  it("DOR1 closes with 4401 for a token that is not good, and selects the protocol so that a browser hears it", async () => {
    const visitor = await opened("/api/v1/ws", {
      headers: { authorization: "Bearer not.a.token" },
      protocols: ["parley.1"],
    });
    expect(visitor.socket.protocol).toBe("parley.1");
    expect(await visitor.closed).toEqual({ code: 4401, reason: "unauthenticated" });
  });

  it("DOR1 answers what is no upgrade, no chat, or no address", async () => {
    expect(await ask(`${server.url}/api/v1/ws`, "GET", undefined, bearer(ada))).toMatchObject({
      status: 426,
      body: { success: false, error: { code: "upgrade_required" } },
    });
    expect(await ask(`${server.url}/ws`, "POST", {}, bearer(ada))).toMatchObject({ status: 405 });
    expect(await visit("/api/v1/chats/nonsense/connect", { headers: bearer(ada) })).toMatchObject({ status: 404 });
  });

  it("DOR2 refuses a foreign Origin everywhere, and a missing one without the header or a first frame", async () => {
    const { chat } = await new Api(server.url, ada).createChat({
      chat_type: "group",
      chat_name: "G",
      participants: [],
    });
    const chatPath = `/api/v1/chats/${chat.chat_id}/connect`;
    for (const path of [...HUB_PATHS, chatPath]) {
      const foreign = { origin: "https://evil.example" };
      expect(await visit(path, { headers: { ...bearer(ada), ...foreign } })).toMatchObject({ status: 403 });
      expect(await visit(path, { headers: foreign, protocols: ["parley.1", tokenEntry(ada)] })).toMatchObject({
        status: 403,
      });
      expect(await visit(path, { headers: foreign })).toMatchObject({ status: 403 });
      expect(await visit(path, { headers: { origin: "null" } })).toMatchObject({ status: 403 });
      expect(await visit(path, { protocols: ["parley.1", tokenEntry(ada)] })).toMatchObject({ status: 403 });
    }
    const program = await opened(chatPath, { headers: bearer(ada) });
    await program.next("CONNECTED");
    program.socket.close();
  });

  it("DOR3 DOR4 signs in by a first frame on every name of the address, arrays included", async () => {
    for (const path of HUB_PATHS) {
      const visitor = await opened(`${path}?feed=inbox`, { protocols: ["parley.1"] });
      visitor.socket.send(
        JSON.stringify({ type: "CONNECT", token: ada.access_token, user_id: ada.user_id, device_id: "my-device" }),
      );
      expect(await visitor.next("CONNECTED")).toMatchObject({ device_id: "my-device", session_id: ada.session_id });
      visitor.socket.send('[{"type":"PING","timestamp":1},{"type":"PING","timestamp":2}]');
      await visitor.next("PONG");
      visitor.socket.close();
    }
  });

  it("DOR3 DOR4 closes with 4401 for any other first frame", async () => {
    const firsts = [
      "hello",
      '{"type":"PING"}',
      '{"type":"CONNECT"}',
      JSON.stringify({ type: "CONNECT", token: "x" }),
      JSON.stringify({ type: "CONNECT", token: ada.access_token, user_id: bela.user_id }),
      JSON.stringify({ type: "auth", token: "x" }),
      JSON.stringify([{ type: "CONNECT", token: ada.access_token }]),
      Buffer.from(JSON.stringify({ type: "CONNECT", token: ada.access_token })),
    ];
    for (const first of firsts) {
      const visitor = await opened("/ws");
      visitor.socket.send(first);
      expect(await visitor.closed, String(first)).toMatchObject({ code: 4401 });
      expect(visitor.frames, String(first)).toMatchObject([{ code: "unauthenticated" }]);
    }
  });

  it("DOR3 waits for the first frame, but not for ever", async () => {
    const visitor = await opened("/ws");
    expect(await visitor.closed).toMatchObject({ code: 4401 });
    expect(visitor.frames).toMatchObject([{ code: "auth_timeout" }]);
  });

  it("DOR5 keeps what a device sends while its first frame is being verified", async () => {
    const visitor = await opened("/ws?feed=inbox");
    visitor.socket.send(JSON.stringify({ type: "CONNECT", token: ada.access_token }));
    for (let n = 0; n < 10; n++) visitor.socket.send(JSON.stringify({ type: "PING", timestamp: n }));
    await expect
      .poll(() => visitor.frames.filter((f) => f.type === "PONG").map((f) => f.timestamp), { timeout: 15_000 })
      .toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    visitor.socket.send('{"type":"PING"}');
    await expect.poll(() => visitor.frames.some((f) => f.type === "PONG" && !("server_time" in f))).toBe(true);
    visitor.socket.close();
  });

  it("DOR5 SES2 passes the close code of a session that was ended, within 5 s, on every kind of socket", async () => {
    const [gone] = await mintPeople(server, ["gone"]);
    if (!gone) throw new Error("somebody");
    const { chat } = await new Api(server.url, gone).createChat({
      chat_type: "group",
      chat_name: "G",
      participants: [],
    });
    const relayed = await opened("/ws");
    relayed.socket.send(JSON.stringify({ type: "CONNECT", token: gone.access_token }));
    const direct = await opened("/api/v1/ws", { headers: bearer(gone) });
    const inChat = await opened(`/api/v1/chats/${chat.chat_id}/connect`, { headers: bearer(gone) });
    for (const visitor of [relayed, direct, inChat]) await visitor.next("CONNECTED");
    const ended = await ask(`${server.url}/api/v1/auth/logout`, "POST", {}, bearer(gone));
    expect(ended.status).toBe(200);
    for (const visitor of [relayed, direct, inChat]) expect(await farewell(visitor)).toMatchObject({ code: 4403 });
    await expect
      .poll(async () => (await farewell(await opened("/api/v1/ws", { headers: bearer(gone) }))).code, {
        timeout: 10_000,
      })
      .toBe(4403);
  });

  it("DOR5 tells the hub when a relayed device leaves", async () => {
    const [here] = await mintPeople(server, ["here"]);
    if (!here) throw new Error("somebody");
    // More sockets than a person may have, one after the other: each must be gone from the hub when the next comes.
    for (let n = 0; n < 25; n++) {
      const visitor = await opened("/ws?feed=inbox");
      visitor.socket.send(JSON.stringify({ type: "CONNECT", token: here.access_token }));
      await visitor.next("CONNECTED");
      visitor.socket.close();
      await visitor.closed;
    }
  });

  it("DOR6 believes no header that an outsider sets", async () => {
    const forged = {
      ...bearer(mallory),
      "x-parley-user": ada.user_id,
      "x-parley-session": ada.session_id,
      "x-parley-device": "forged",
      "x-parley-dialect": "2",
    };
    const visitor = await opened("/api/v1/ws", { headers: forged });
    expect(await visitor.next("CONNECTED")).toMatchObject({ user_id: mallory.user_id, device_id: mallory.device_id });
    visitor.socket.close();
  });
});
