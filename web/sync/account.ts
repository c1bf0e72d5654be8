import { asFault, Fault } from "../../src/domain/fault.ts";
import type { ErrorCode } from "../../src/protocol/error.ts";
import type { BodyInputOf, Tokens } from "../../src/protocol/rest.ts";
import type { Self } from "../../src/protocol/user.ts";
import type { AccessToken } from "../api/access-token.ts";
import type { HttpApi } from "../api/http-api.ts";
import type { AccountStore } from "../store/account-store.ts";
import { Cell } from "./cell.ts";
import type { SessionState } from "./client.ts";
import type { AccountChannel, AccountNews } from "./tabs/account-channel.ts";

/** How much of a person's data stays on this device when their session ends. */
export type Wipe = "everything" | "all_but_unsent";

/** A sign-out that was not answered by then is owed. */
const PATIENCE_MS = 3_000;

export interface AccountEvents {
  /** Opens this person's store and seat; `held` is called if another tab seems to hold the store. */
  enter(me: Self, held: () => void): Promise<void>;
  /** Closes them, and wipes what is said; nothing where another person takes the place. */
  leave(wipe: Wipe | undefined): Promise<void>;
  report(error: unknown): void;
}

/** Who is signed in on this device: from the store before any network, and told to all tabs when it changes. */
export class Account {
  readonly session = new Cell<SessionState>({ status: "unknown" });
  readonly #api: HttpApi;
  readonly #token: AccessToken;
  readonly #store: AccountStore;
  readonly #device: { device_name: string; device_type: "mobile" | "web" };
  readonly #events: AccountEvents;
  readonly #channel: AccountChannel | undefined;
  readonly #patience: () => Promise<void>;
  #me: Self | undefined;
  /** Sign-ins, sign-outs and what other tabs say of them are dealt with one after the other. */
  #queue: Promise<unknown> = Promise.resolve();
  /** A sign-out that is told to the server now. Its answer ends the cookie: no other may be given meanwhile. */
  #paying: Promise<void> | undefined;

  constructor(
    tools: {
      api: HttpApi;
      token: AccessToken;
      store: AccountStore;
      device: { device_name: string; device_type: "mobile" | "web" };
      channel(heard: (news: AccountNews) => void): AccountChannel | undefined;
      /** How long a sign-out waits for the server. */
      patience?(): Promise<void>;
    },
    events: AccountEvents,
  ) {
    this.#api = tools.api;
    this.#token = tools.token;
    this.#store = tools.store;
    this.#device = tools.device;
    this.#events = events;
    this.#patience = tools.patience ?? (() => new Promise((resolve) => setTimeout(resolve, PATIENCE_MS)));
    this.#channel = tools.channel((news) => this.#heard(news));
  }

  get me(): Self | undefined {
    return this.#me;
  }

  /** Looks who is signed in here, paints, and only then asks the server whether that is still so. */
  async boot(): Promise<void> {
    await this.#inTurn(async () => {
      const me = await this.#store.load();
      if (me) await this.#enter(me);
      else this.session.set({ status: "signed_out" });
    });
    await this.payLogout();
    await this.#refreshSelf();
  }

  async register(body: BodyInputOf<"register">): Promise<void> {
    await this.#paying;
    await this.#signedIn(await this.#api.call("register", { body: { ...(await this.#thisDevice()), ...body } }));
  }

  async signIn(login: string, password: string): Promise<void> {
    await this.#paying;
    await this.#signedIn(await this.#api.call("login", { body: { login, password, ...(await this.#thisDevice()) } }));
  }

  /** Offline too: the device forgets at once, and tells the server when there is a network again. */
  async signOut(isEverywhere: boolean): Promise<void> {
    try {
      const told = this.#api.call("logout", { body: isEverywhere ? { all: true } : {} });
      if (isEverywhere) await told;
      else await Promise.race([told, this.#patience().then(() => this.#oweUntil(told))]);
    } catch (error) {
      const fault = asFault(error);
      if (!fault) throw error;
      // All devices are the server's to sign out: without it nothing of that would be true.
      if (isEverywhere && fault.code === "unavailable") throw error;
      if (fault.code === "unavailable") await this.#store.oweLogout(true);
    }
    await this.ended("everything");
  }

  /** Whoever signs out does not wait for a network that hardly is one: the answer may come later, or never. */
  async #oweUntil(told: Promise<unknown>): Promise<void> {
    await this.#store.oweLogout(true);
    this.#paying ??= told
      .then(
        () => this.#store.oweLogout(false),
        // Whatever went wrong, it stays owed, and is paid or found to be over the next time.
        () => undefined,
      )
      .finally(() => {
        this.#paying = undefined;
      });
  }

  /** The session is over, by whatever way this tab learned of it. */
  ended(wipe: Wipe, reason?: "revoked"): Promise<void> {
    return this.#inTurn(async () => {
      const me = this.#me;
      if (!me) return;
      this.#channel?.post({ kind: "signed_out", user_id: me.user_id, ...(reason ? { reason } : {}) });
      await this.#leave(wipe, reason);
    });
  }

  /** A refresh was refused for good. What was never sent is kept for the same person's next sign-in, unless they revoked this device. */
  rejected(code: ErrorCode): void {
    this.ended(code === "session_revoked" ? "everything" : "all_but_unsent", "revoked").catch(this.#events.report);
  }

  /** The cookie is another person's now. */
  changedUser(): void {
    this.#inTurn(() => this.#adopt()).catch(this.#events.report);
  }

  async update(patch: Partial<Self>): Promise<void> {
    if (!this.#me) return;
    this.#me = { ...this.#me, ...patch };
    this.session.set({ status: "signed_in", me: this.#me });
    await this.#store.save(this.#me);
  }

  async #thisDevice(): Promise<{ device_id: string; device_name: string; device_type: "mobile" | "web" }> {
    return { device_id: await this.#store.deviceId(), ...this.#device };
  }

  async #signedIn(tokens: Tokens): Promise<void> {
    await this.#store.oweLogout(false);
    this.#token.accept(tokens);
    const me = await this.#api.call("me");
    await this.#inTurn(async () => {
      if (this.#me && this.#me.user_id !== me.user_id) await this.#events.leave(undefined);
      await this.#store.save(me);
      await this.#enter(me);
    });
    this.#channel?.post({ kind: "signed_in", user_id: me.user_id });
  }

  async #enter(me: Self): Promise<void> {
    this.#token.expect(me.user_id);
    if (this.#me?.user_id !== me.user_id)
      await this.#events.enter(me, () => this.session.set({ status: "unknown", is_store_held: true }));
    this.#me = me;
    this.session.set({ status: "signed_in", me });
  }

  async #leave(wipe: Wipe | undefined, reason?: "revoked"): Promise<void> {
    this.#me = undefined;
    this.#token.forget();
    // First what people see: nothing of the person stays on screen while the disk is cleaned.
    this.session.set({ status: "signed_out", ...(reason ? { reason } : {}) });
    if (wipe) await this.#store.clear();
    await this.#events.leave(wipe);
  }

  #heard(news: AccountNews): void {
    this.#inTurn(async () => {
      if (news.kind === "signed_in") await this.#adopt();
      // The tab that says so wipes the store.
      else if (this.#me?.user_id === news.user_id) await this.#leave(undefined, news.reason);
    }).catch(this.#events.report);
  }

  /** Shows whoever is signed in on this device now. */
  async #adopt(): Promise<void> {
    const me = await this.#store.load();
    if (this.#me && me?.user_id === this.#me.user_id) return;
    if (this.#me) await this.#leave(undefined);
    if (me) await this.#enter(me);
    else this.session.set({ status: "signed_out" });
  }

  async #refreshSelf(): Promise<void> {
    if (!this.#me) return;
    try {
      await this.update(await this.#api.call("me"));
    } catch (error) {
      if (!asFault(error)) this.#events.report(error);
    }
  }

  /** Signs out at the server what was signed out here without a network, if there is something. */
  payLogout(): Promise<void> {
    this.#paying ??= this.#pay().finally(() => {
      this.#paying = undefined;
    });
    return this.#paying;
  }

  async #pay(): Promise<void> {
    if (this.#me || !(await this.#store.owesLogout())) return;
    try {
      const tokens = await this.#token.exchangeUnasked();
      await this.#api.callWith(tokens.access_token, "logout", { body: {} });
    } catch (error) {
      const fault = asFault(error);
      if (!fault || fault.code === "unavailable") return;
    }
    await this.#store.oweLogout(false);
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(run);
    this.#queue = turn.catch(() => undefined);
    return turn;
  }
}

/** For verbs that need somebody to be signed in. */
export const signedOutFault = (): Fault => new Fault("unauthenticated");
