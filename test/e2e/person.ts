import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from "playwright-core";
import { expect } from "vitest";
import { rest } from "./rest.ts";

export const PASSWORD = "a rather long passphrase";

/** How long a test waits for what should take a moment. Generous: deadlines are tested, speeds are not. */
export const SOON = 15_000;

/** Makes an account over HTTP. */
export async function makeAccount(
  url: string,
  username: string,
  name: string,
): Promise<{ user_id: string; token: string }> {
  const response = await fetch(`${url}/api/v1/auth/register`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username, email: `${username}@example.org`, password: PASSWORD, display_name: name }),
  });
  if (!response.ok) throw new Error(`register ${username}: ${response.status} ${await response.text()}`);
  const { data } = (await response.json()) as { data: { user_id: string; access_token: string } };
  return { user_id: data.user_id, token: data.access_token };
}

/** Calls the API as somebody. */
export async function callAs(
  url: string,
  token: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<unknown> {
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  const answer = (await response.json()) as { data: unknown };
  return answer.data;
}

/** Keeps the words of every toast: one is gone after seconds, and a test on a slow machine may look later than that. */
function keepToasts(): void {
  const kept: string[] = [];
  Object.assign(window, { kept_toasts: kept });
  new MutationObserver((records) => {
    for (const node of records.flatMap((record) => [...record.addedNodes]))
      if (node instanceof HTMLElement && node.matches(".toast")) kept.push(node.textContent ?? "");
  }).observe(document, { childList: true, subtree: true });
}

/** Somebody in front of a browser of their own. */
export class Person {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly url: string;
  /** What the page complained about: a test that expects a clean page looks here. */
  readonly complaints: string[] = [];

  private constructor(context: BrowserContext, page: Page, url: string) {
    this.context = context;
    this.page = page;
    this.url = url;
    this.watch(page);
  }

  static async open(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Person> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-GB", ...options });
    context.setDefaultTimeout(SOON);
    await context.addInitScript(keepToasts);
    return new Person(context, await context.newPage(), url);
  }

  watch(page: Page): void {
    page.on("pageerror", (error) => this.complaints.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") this.complaints.push(message.text());
    });
  }

  async signIn(username: string, path = "/"): Promise<this> {
    await this.page.goto(this.url + path);
    await this.page.getByLabel("Username or email").fill(username);
    await this.page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await this.page.getByRole("button", { name: "Sign in" }).click();
    await this.page.locator(".main-screen").waitFor();
    return this;
  }

  chat(title: string): Locator {
    return this.page.locator(".chat-option").filter({ hasText: title });
  }

  async openChat(title: string): Promise<void> {
    await this.chat(title).click();
    // The composer of the chat before may still be there.
    await this.page.locator(".conversation-title").filter({ hasText: title }).waitFor();
    await this.composer.waitFor();
  }

  /** Opens the palette and types into it. */
  async command(words: string): Promise<void> {
    await this.page.keyboard.press("Control+k");
    await this.page.getByRole("dialog", { name: "Search and commands" }).getByRole("searchbox").fill(words);
  }

  /** Waits until a toast has said this on the page that is open, though it may be gone again. */
  async toldOf(text: string): Promise<void> {
    const kept = (): Promise<string[]> =>
      this.page.evaluate(() => (window as unknown as { kept_toasts: string[] }).kept_toasts);
    await expect.poll(kept, { timeout: SOON }).toContainEqual(expect.stringContaining(text));
  }

  /**
   * Waits until a message is in sight in its list. The mark of a jump's target fades; where it stands, stays.
   * @param within a pane, where a thread is open beside its chat
   */
  async sees(text: string, within = "body"): Promise<void> {
    const row = this.page.locator(`${within} [data-message]`).filter({ hasText: text }).first();
    const isInSight = (): Promise<boolean> =>
      row.evaluate(
        (one) => {
          const list = one.closest(".timeline")?.getBoundingClientRect();
          const { top, bottom } = one.getBoundingClientRect();
          return list !== undefined && top < list.bottom && bottom > list.top;
        },
        undefined,
        { timeout: 5_000 },
      );
    await expect.poll(isInSight, { timeout: SOON }).toBe(true);
  }

  /** Waits until the timeline has stopped moving. */
  rests(): Promise<void> {
    return rest(this.page);
  }

  get composer(): Locator {
    return this.page.locator(".composer-text");
  }

  message(text: string, page: Page = this.page): Locator {
    return page.locator("[data-message]").filter({ hasText: text });
  }

  /** The state icon of an own message: `sent`, `delivered`, `read`… */
  state(text: string, state: string): Locator {
    return this.message(text).locator(`.message-state[data-state=${state}]`);
  }

  async write(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press("Enter");
  }

  close(): Promise<void> {
    return this.context.close();
  }
}
