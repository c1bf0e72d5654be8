import type { Browser, BrowserContextOptions } from "playwright-core";
import { afterAll, afterEach, beforeAll } from "vitest";
import { launchBrowser } from "../harness/browser.ts";
import { startServer, type TestServer } from "../harness/server.ts";
import { callAs, makeAccount, Person } from "./person.ts";

export interface Account {
  user_id: string;
  token: string;
  username: string;
  name: string;
}

/** A server with the client, a browser, and people: what every browser test stands on. */
export class Stage {
  #server: TestServer | undefined;
  #browser: Browser | undefined;
  #people: Person[] = [];
  #count = 0;

  constructor() {
    beforeAll(async () => {
      this.#server = await startServer({ hasClient: true });
      this.#browser = await launchBrowser();
    });
    afterEach(async () => {
      await Promise.all(this.#people.map((person) => person.close()));
      this.#people = [];
    });
    afterAll(async () => {
      await this.#browser?.close();
      await this.#server?.stop();
    });
  }

  get server(): TestServer {
    if (this.#server === undefined) throw new Error("the server is started before the tests");
    return this.#server;
  }

  get url(): string {
    return this.server.url;
  }

  /** A new account; names are made different from those of other tests. */
  async account(name: string): Promise<Account> {
    const username = `${name.toLowerCase().replace(/[^a-z]/g, "") || "person"}-${++this.#count}`;
    return { ...(await makeAccount(this.url, username, name)), username, name };
  }

  async open(options: BrowserContextOptions = {}): Promise<Person> {
    if (this.#browser === undefined) throw new Error("the browser is started before the tests");
    const person = await Person.open(this.#browser, this.url, options);
    this.#people.push(person);
    return person;
  }

  async signIn(account: Account, options: BrowserContextOptions = {}, path = "/"): Promise<Person> {
    return (await this.open(options)).signIn(account.username, path);
  }

  /** A direct chat of two, with what was said in it. Returns its id. */
  async direct(one: Account, other: Account, lines: readonly (readonly [Account, string])[] = []): Promise<string> {
    const made = await callAs(this.url, one.token, "POST", "/chats", {
      chat_type: "direct",
      participants: [other.user_id],
    });
    return this.#fill(made, lines);
  }

  async group(
    owner: Account,
    name: string,
    people: readonly Account[],
    lines: readonly (readonly [Account, string])[] = [],
  ): Promise<string> {
    const made = await callAs(this.url, owner.token, "POST", "/chats", {
      chat_type: "group",
      chat_name: name,
      participants: people.map((one) => one.user_id),
    });
    return this.#fill(made, lines);
  }

  say(account: Account, chatId: string, text: string): Promise<unknown> {
    return callAs(this.url, account.token, "POST", `/chats/${chatId}/messages`, { content: { text } });
  }

  async #fill(made: unknown, lines: readonly (readonly [Account, string])[]): Promise<string> {
    const { chat } = made as { chat: { chat_id: string } };
    for (const [account, text] of lines) await this.say(account, chat.chat_id, text);
    return chat.chat_id;
  }
}
