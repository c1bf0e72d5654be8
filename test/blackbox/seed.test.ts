import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { DEMO_PASSWORD, DEMO_PEOPLE } from "../../scripts/demo.ts";
import { DEMO_CHATS, type DemoLine } from "../../scripts/demo-chats.ts";
import { Host } from "../../scripts/host.ts";
import { seedStore } from "../../scripts/seed.ts";

interface Page {
  data: { messages: { message_type: string; content: { text?: string } }[] };
}

async function call(host: Host, method: string, path: string, token = "", body?: unknown): Promise<unknown> {
  const response = await fetch(`${host.url}/api/v1${path}`, {
    method,
    headers: { "Content-Type": "application/json", ...(token === "" ? {} : { Authorization: `Bearer ${token}` }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return response.json();
}

async function signIn(host: Host, username: string): Promise<string> {
  const answer = await call(host, "POST", "/auth/login", "", { username, password: DEMO_PASSWORD });
  return (answer as { data?: { access_token: string } }).data?.access_token ?? "";
}

/** All messages that a person can read, by the name of the group or of the other one. */
async function messagesOf(host: Host, username: string): Promise<Record<string, Page["data"]["messages"]>> {
  const token = await signIn(host, username);
  const inbox = (await call(host, "GET", "/chats", token)) as {
    data: { chats: { chat_id: string; name: string; peer?: { display_name: string } }[] };
  };
  const messages: Record<string, Page["data"]["messages"]> = {};
  for (const { chat_id, name, peer } of inbox.data.chats) {
    const page = (await call(host, "GET", `/chats/${chat_id}/messages`, token)) as Page;
    messages[peer?.display_name ?? name] = page.data.messages;
  }
  return messages;
}

/** What of it is a text. */
async function textsOf(host: Host, username: string): Promise<Record<string, string[]>> {
  const chats = Object.entries(await messagesOf(host, username));
  return Object.fromEntries(
    chats.map(([name, messages]) => [
      name,
      messages.filter((one) => one.message_type === "text").map(({ content }) => content.text ?? ""),
    ]),
  );
}

/** A line with the answers in its thread, as far as they are texts. */
function textsOfLine([, said, sequel]: DemoLine): string[] {
  return [...(typeof said === "string" ? [said] : []), ...(sequel?.thread ?? []).map(([, text]) => text)];
}

/** What `textsOf` must give for a person, from the demo content alone. */
function expectedTexts(username: string): Record<string, string[]> {
  const name = (other: string): string => DEMO_PEOPLE.find((person) => person.username === other)?.name ?? other;
  const chats = DEMO_CHATS.filter(({ people }) => people.includes(username));
  return Object.fromEntries(
    chats.map((chat) => [
      chat.name ?? name(chat.people.find((other) => other !== username) ?? ""),
      chat.messages.flatMap(textsOfLine),
    ]),
  );
}

describe("seeding", () => {
  const hosts: Host[] = [];
  const directories: string[] = [];

  async function open(mode = "local"): Promise<Host> {
    const stateDir = mkdtempSync(join(tmpdir(), "parley-seed-"));
    directories.push(stateDir);
    const host = await Host.open({ stateDir, hasClient: false, vars: { MODE: mode }, output: () => {} });
    hosts.push(host);
    return host;
  }

  afterEach(async () => {
    for (const host of hosts.splice(0)) await host.stop();
    for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  });

  it("refuses to run outside local mode", async () => {
    const host = await open("production");
    await expect(seedStore(host)).rejects.toThrow("local mode only");
    expect(await host.query("SELECT id FROM user")).toEqual([]);
  });

  it("leaves a store alone that somebody has begun to use", async () => {
    const host = await open();
    await host.query(
      "INSERT INTO user (id, username, username_key, email, email_key, display_name, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
      ...["u1", "ann", "ann", "ann@example.org", "ann@example.org", "Ann", 0],
    );
    expect(await seedStore(host)).toBe(false);
    await host.query("DELETE FROM user");
    // Decided once: that everybody left later does not invite the demo people in.
    expect(await seedStore(host)).toBe(false);
    expect(await host.query("SELECT id FROM user")).toEqual([]);
  });

  it("fills an empty store once, also when it was cut short", async () => {
    const host = await open();
    expect(await seedStore(host)).toBe(true);
    const marked = await host.query("SELECT username FROM user WHERE is_demo = 1 ORDER BY username");
    expect(marked.map(({ username }) => username)).toEqual(DEMO_PEOPLE.map(({ username }) => username).sort());
    for (const username of ["mara", "haruka"]) expect(await textsOf(host, username)).toEqual(expectedTexts(username));
    // Votes, reactions, pins and threads too: a message carries all of them.
    const before = await messagesOf(host, "mara");

    const progress = join(host.stateDir, "seed.json");
    expect(JSON.parse(readFileSync(progress, "utf8"))).toEqual({ progress: "done" });
    writeFileSync(progress, JSON.stringify({ progress: "started" }));
    expect(await seedStore(host)).toBe(true);
    for (const username of ["mara", "haruka"]) expect(await textsOf(host, username)).toEqual(expectedTexts(username));
    expect(await messagesOf(host, "mara")).toEqual(before);
  });
});
