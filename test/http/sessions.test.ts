import { beforeAll, describe, expect, it, vi } from "vitest";
import { MOST_DEVICES } from "../../src/db/sessions.ts";
import type { ChatView } from "../../src/protocol/rest.ts";
import { TestSocket } from "./test-socket.ts";
import {
  anotherDevice,
  bindings,
  call,
  PASSWORD,
  prepare,
  row,
  run,
  type Somebody,
  somebody,
  tokenOf,
} from "./world.ts";

beforeAll(prepare);

const idsOf = async (who: Somebody): Promise<string[]> => {
  const { sessions } = (await call("listSessions", { token: who.token })).data as unknown as {
    sessions: { session_id: string }[];
  };
  return sessions.map((session) => session.session_id).sort();
};
const isIn = async (who: Somebody): Promise<boolean> => (await call("me", { token: who.token })).status === 200;

describe("sessions", () => {
  it("lists the devices of this person alone, and says which one asks", async () => {
    const [ada, bob] = [await somebody(), await somebody()];
    const phone = await anotherDevice(ada);
    expect(await idsOf(ada)).toEqual([ada.session_id, phone.session_id].sort());
    const { sessions } = (await call("listSessions", { token: phone.token })).data as unknown as {
      sessions: { session_id: string; is_current: boolean }[];
    };
    expect(sessions.filter((s) => s.is_current).map((s) => s.session_id)).toEqual([phone.session_id]);
    expect(await idsOf(bob)).toEqual([bob.session_id]);
  });

  it("logging out ends this device alone, at once", async () => {
    const ada = await somebody();
    const phone = await anotherDevice(ada);
    expect((await call("logout", { token: ada.token })).data).toEqual({ ended: 1 });
    expect((await call("me", { token: ada.token })).error?.code).toBe("session_revoked");
    expect((await call("refresh", { body: { refresh_token: ada.refresh_token } })).error?.code).toBe(
      "refresh_rejected",
    );
    expect(await isIn(phone)).toBe(true);
    expect(await idsOf(phone)).toEqual([phone.session_id]);
  });

  it("logging out everywhere ends all devices", async () => {
    const ada = await somebody();
    const others = [await anotherDevice(ada), await anotherDevice(ada)];
    expect((await call("logout", { token: ada.token, body: { all: true } })).data).toEqual({ ended: 3 });
    for (const device of [ada, ...others]) expect(await isIn(device)).toBe(false);
  });

  it("revokes another device once; somebody else's is not found and lives on", async () => {
    const [ada, bob] = [await somebody(), await somebody()];
    const phone = await anotherDevice(ada);
    const revoke = (id: string) => call("revokeSession", { token: ada.token, params: { id } });
    expect((await revoke(phone.session_id)).status).toBe(200);
    expect(await isIn(phone)).toBe(false);
    expect((await revoke(phone.session_id)).error?.code).toBe("not_found");
    expect((await revoke(bob.session_id)).error?.code).toBe("not_found");
    expect(await isIn(bob)).toBe(true);
  });

  it("one device too many ends the one that was used longest ago, and its sockets", async () => {
    const ada = await somebody();
    await run("UPDATE session SET last_active_at = 1 WHERE id = ?", ada.session_id);
    await run(
      `INSERT INTO session (id, user_id, device_id, device_name, device_type, refresh_hash, rotated_at, created_at, last_active_at, expires_at)
       WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
       SELECT 's' || printf('%025d', i), ?, 'd', '', 'other', 'h', 1, 1, i + 1, ? FROM n`,
      MOST_DEVICES - 1,
      ada.user_id,
      Date.now() + 3_600_000,
    );
    expect(await isIn(ada)).toBe(true);
    const login = { body: { login: ada.username, password: PASSWORD } };
    const fresh = { ...ada, token: String((await call("login", login)).data.access_token) };
    expect(await isIn(ada)).toBe(false);
    expect(await idsOf(fresh)).toHaveLength(MOST_DEVICES);
    expect(await row("SELECT is_hub_owed FROM session WHERE id = ?", ada.session_id)).toEqual({ is_hub_owed: 0 });
    const hub = bindings.USERS.get(bindings.USERS.idFromName(ada.user_id));
    expect(await hub.registerSocket(ada.session_id, "g0000000000000000000000000")).toBe(false);
  });

  it("the hub is told to close the sockets, and the debt is paid", async () => {
    const ada = await somebody();
    await call("logout", { token: ada.token });
    expect(await row("SELECT is_hub_owed FROM session WHERE id = ?", ada.session_id)).toEqual({ is_hub_owed: 0 });
    const hub = bindings.USERS.get(bindings.USERS.idFromName(ada.user_id));
    expect(await hub.registerSocket(ada.session_id, "g0000000000000000000000000")).toBe(false);
  });

  it("sockets of a revoked session close with 4403, at the hub and in every chat; other devices stay", async () => {
    const ada = await somebody();
    const phone = await anotherDevice(ada);
    const body = { chat_type: "group", chat_name: "Boat", participants: [] };
    const chats = await Promise.all([1, 2].map(() => call("createChat", { token: ada.token, body })));
    const ids = chats.map((made) => (made.data as unknown as ChatView).chat.chat_id);
    const open = async (who: Somebody) => {
      const doors = await Promise.all([TestSocket.hub(who.token), ...ids.map((id) => TestSocket.chat(who.token, id))]);
      return doors.filter((door) => door instanceof TestSocket);
    };
    const [ours, theirs] = [await open(ada), await open(phone)];
    expect([ours.length, theirs.length]).toEqual([3, 3]);
    for (const socket of [...ours, ...theirs]) await socket.next("CONNECTED");
    await call("revokeSession", { token: ada.token, params: { id: phone.session_id } });
    const closed = await Promise.all(theirs.map((socket) => socket.closed));
    expect(closed.map(({ code }) => code)).toEqual([4403, 4403, 4403]);
    for (const socket of ours) {
      expect((await socket.ask({ type: "PING", timestamp: 1 }, "PONG")).some((f) => f.type === "PONG")).toBe(true);
      socket.close();
    }
    const again = await TestSocket.hub(phone.token);
    expect((await again.closed).code).toBe(4403);
  });

  it("a hub that cannot be reached does not keep anybody signed in; it is owed", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    const ada = await somebody();
    const USERS = {
      ...bindings.USERS,
      idFromName: () => {
        throw new Error("no hub today");
      },
    };
    expect((await call("logout", { token: ada.token, vars: { USERS } })).data).toEqual({ ended: 1 });
    expect(await isIn(ada)).toBe(false);
    expect(await row("SELECT is_hub_owed FROM session WHERE id = ?", ada.session_id)).toEqual({ is_hub_owed: 1 });
    log.mockRestore();
  });

  it("a token of one person with another's session is worth nothing", async () => {
    const [ada, bob] = [await somebody(), await somebody()];
    const token = await tokenOf(ada.user_id, bob.session_id);
    expect((await call("me", { token })).error?.code).toBe("session_revoked");
  });

  it("no token, another scheme and garbage are `unauthenticated`", async () => {
    const ada = await somebody();
    for (const authorization of [
      "",
      "Bearer",
      `Basic ${ada.token}`,
      "Bearer x.y.z",
      `Bearer ${ada.token}x`,
      `Bearer ${ada.token} ${ada.token}`,
    ]) {
      const { status, error } = await call("me", { headers: { authorization } });
      expect([authorization, status, error?.code]).toEqual([authorization, 401, "unauthenticated"]);
    }
    expect((await call("me", { headers: { authorization: `bearer ${ada.token}` } })).status).toBe(200);
  });
});
