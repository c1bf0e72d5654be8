import { openDatabase } from "../db/database.ts";
import { nameKey, Users } from "../db/users.ts";
import { Fault } from "../domain/fault.ts";
import type { Caller } from "../protocol/rpc.ts";
import type { Env } from "./env.ts";

/**
 * Lets only administrators of the server pass: those whose usernames stand in the variable `ADMINS`, between commas.
 * @throws Fault `forbidden`
 */
export async function requireAdministrator(env: Pick<Env, "ADMINS" | "DB">, caller: Caller): Promise<void> {
  const names = (env.ADMINS ?? "").split(",").map(nameKey).filter(Boolean);
  const person = names.length === 0 ? undefined : await new Users(openDatabase(env.DB)).find(caller.user_id);
  if (!person || !names.includes(person.username_key)) throw new Fault("forbidden");
}
