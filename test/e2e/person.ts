import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from "playwright-core";

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
    await this.composer.waitFor();
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
