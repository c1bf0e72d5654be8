import { isCommonPassword } from "../../auth/common-passwords.ts";
import { hashPassword, verifyPassword } from "../../auth/password.ts";
import { openDatabase } from "../../db/database.ts";
import { nameKey, Users } from "../../db/users.ts";
import { asFault, Fault } from "../../domain/fault.ts";
import { newUserId } from "../../protocol/ids.ts";
import type { BodyOf } from "../../protocol/rest.ts";
import { addressOf, type Counted, countAttempt } from "../attempt.ts";
import { FloodBrake } from "../flood-brake.ts";
import type { Handlers, Visit } from "../handler.ts";
import { clearCookie, cookieTokenOf } from "../refresh-cookie.ts";
import { isAllowedHere } from "../session-guard.ts";
import { newSession, openSession, refreshSession, tokensOf } from "../sign-in.ts";

/** Each leaves a row for months. Nobody signs in so often; a program that does should refresh instead. */
const signIns = new FloodBrake(60, 1 / 30);

/** Making an account, signing in, staying signed in. */
export const ACCOUNTS: Handlers<"register" | "login" | "refresh"> = {
  async register(visit, { body }) {
    const { username, email, password } = body;
    const [first_name, last_name] = [body.first_name ?? "", body.last_name ?? ""];
    const display_name = body.display_name || `${first_name} ${last_name}`.trim() || username;
    if (isCommonPassword(password, [username, email, first_name, last_name, display_name]))
      throw new Fault("weak_password");
    return countAttempt(visit, countedByAddress(visit, "registration"), async (decide) => {
      const users = new Users(openDatabase(visit.env.DB));
      // Asked first only to save a hash; the answer that counts is the index's.
      const known = await users.taken(username, email);
      decide("passed");
      if (known) throw taken(known);
      const now = Date.now();
      const id = newUserId();
      const hash = await hashPassword(password);
      const { row, refresh } = await newSession(visit, id, body, now);
      const account = { id, username, email, first_name, last_name, display_name, is_demo: false };
      const lost = await users.register({ ...account, password: hash, session: row }, now);
      if (lost) throw taken(lost);
      return { ...(await tokensOf(visit, row, refresh.text)), username, email };
    });
  },

  async login(visit, { body }) {
    const { login, password } = credentialsOf(body);
    const counted: Counted[] = [...countedByAddress(visit, "address"), { policy: "account", subject: nameKey(login) }];
    return countAttempt(visit, counted, async (decide) => {
      const users = new Users(openDatabase(visit.env.DB));
      const account = await users.toSignIn(login);
      const phc = (account && isAllowedHere(visit.env, account) && account.password) || undefined;
      const { is_right, is_outdated } = await verifyPassword(password, phc);
      decide(is_right ? "passed" : "failed");
      if (!is_right || !account || !phc) throw new Fault("bad_credentials");
      signIns.take(account.id);
      const now = Date.now();
      if (is_outdated) visit.later(hashPassword(password).then((hash) => users.rehash(account.id, phc, hash, now)));
      const { row, refresh } = await newSession(visit, account.id, body, now);
      await openSession(visit, row);
      return { ...(await tokensOf(visit, row, refresh.text)), username: account.username };
    });
  },

  async refresh(visit, { body }) {
    const token = body.refresh_token ?? cookieTokenOf(visit);
    try {
      if (token === undefined) throw new Fault("refresh_rejected");
      return await refreshSession(visit, token);
    } catch (error) {
      // Only the verdict on the token takes it away; whatever else went wrong, it may be good still.
      if (asFault(error)?.code === "refresh_rejected") clearCookie(visit);
      throw error;
    }
  },
};

/** The schema has made sure that there is exactly one of each. */
function credentialsOf(body: BodyOf<"login">): { login: string; password: string } {
  const login = body.login ?? body.username ?? body.email ?? "";
  return { login, password: body.password ?? body.pass ?? "" };
}

function countedByAddress({ env, request }: Visit, policy: "address" | "registration"): Counted[] {
  const address = addressOf(env, request);
  return address === undefined ? [] : [{ policy, subject: address }];
}

const taken = (what: "username" | "email") => new Fault(what === "username" ? "username_taken" : "email_taken");
