import { signAccess } from "../../src/auth/access-token.ts";
import { Keyring, type SigningKeyRow } from "../../src/auth/keyring.ts";
import { newDeviceId, newSessionId, newUserId } from "../../src/protocol/ids.ts";
import { ACCESS_TOKEN_S } from "../../src/protocol/limits.ts";
import type { TestDatabase } from "../harness/server.ts";

/** A person who is signed in on one device. */
export interface SignedIn {
  user_id: string;
  username: string;
  session_id: string;
  device_id: string;
  access_token: string;
}

/** What minting needs of a server: its database and its secret, never a route. */
export interface Mint {
  getD1(): TestDatabase;
  readonly secrets: { MASTER_KEY: string };
}

const STATEMENTS_PER_BATCH = 200;

/**
 * Accounts with a session each, written straight into D1, and access tokens signed with the server's own key: a
 * hundred people in a second, where a hundred registrations would hash for half a minute. Nobody can log in as them.
 */
export async function mintPeople(mint: Mint, names: readonly string[]): Promise<SignedIn[]> {
  const now = Date.now();
  const signer = await new Keyring(keyRows(mint.getD1()), mint.secrets.MASTER_KEY).signer();
  const people = await Promise.all(
    names.map(async (username) => {
      const ids = { user_id: newUserId(), session_id: newSessionId(), device_id: newDeviceId() };
      return { username, ...ids, access_token: await signAccess(signer, ids, now) };
    }),
  );
  const statements = people.flatMap((person) => [
    {
      sql: "INSERT INTO user (id, username, username_key, email, email_key, display_name, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
      params: [
        person.user_id,
        person.username,
        person.username.toLowerCase(),
        ...[`${person.username}@example.test`, `${person.username.toLowerCase()}@example.test`],
        person.username,
        now,
      ],
    },
    {
      sql: `INSERT INTO session (id, user_id, device_id, device_name, device_type, refresh_hash, rotated_at, created_at, last_active_at, expires_at)
            VALUES (?, ?, ?, 'proof', 'other', '', ?, ?, ?, ?)`,
      params: [
        ...[person.session_id, person.user_id, person.device_id],
        ...[now, now, now, now + ACCESS_TOKEN_S * 1_000],
      ],
    },
  ]);
  for (let i = 0; i < statements.length; i += STATEMENTS_PER_BATCH) {
    await mint.getD1().batch(statements.slice(i, i + STATEMENTS_PER_BATCH));
  }
  return people;
}

/** The table of signing keys, reached from outside the Worker. Only what making a first key needs. */
function keyRows(d1: TestDatabase) {
  const refuse = (): Promise<never> => Promise.reject(new Error("A proof does not rotate keys."));
  return {
    list: async () => (await d1.query("SELECT * FROM signing_key")) as unknown as SigningKeyRow[],
    offer: async (row: SigningKeyRow) => {
      await d1.query(
        `INSERT INTO signing_key (id, state, public_jwk, sealed_private, created_at, activated_at, retired_at)
         VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
        ...[row.id, row.state, row.public_jwk, row.sealed_private],
        ...[row.created_at, row.activated_at, row.retired_at],
      );
    },
    promote: refuse,
    forget: refuse,
    discard: refuse,
  };
}
