import { openDatabase } from "../db/database.ts";
import { nameKey, Users } from "../db/users.ts";
import { Fault } from "../domain/fault.ts";
import type { Caller } from "../protocol/rpc.ts";
import type { Env } from "./env.ts";

/** Is it a username of an administrator: one that stands in the variable `ADMINS`? */
export const isAdministrator = ({ ADMINS = "" }: Pick<Env, "ADMINS">, usernameKey: string): boolean =>
  ADMINS.split(",").map(nameKey).filter(Boolean).includes(usernameKey);

/**
 * Lets only administrators of the server pass: those whose usernames stand in the variable `ADMINS`, between commas.
 * @throws Fault `forbidden`
 */
export async function requireAdministrator(env: Pick<Env, "ADMINS" | "DB">, caller: Caller): Promise<void> {
  // Where there is none, nobody is looked up.
  const person = env.ADMINS ? await new Users(openDatabase(env.DB)).find(caller.user_id) : undefined;
  if (!person || !isAdministrator(env, person.username_key)) throw new Fault("forbidden");
}
