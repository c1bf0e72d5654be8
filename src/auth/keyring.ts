import { exportJWK, generateKeyPair, importJWK, type JWK } from "jose";
import { Fault } from "../domain/fault.ts";
import { ACCESS_TOKEN_S } from "../protocol/limits.ts";
import { deriveBytes, readMasterKey, toBase64Url } from "./master-key.ts";
import { seal, unseal } from "./sealed-box.ts";

/** A signing key as it is stored. */
export interface SigningKeyRow {
  id: string;
  state: "next" | "active" | "retired";
  /** JSON of the public JWK. */
  public_jwk: string;
  /** Box of the JSON of the private JWK; null once retired. */
  sealed_private: string | null;
  created_at: number;
  activated_at: number | null;
  retired_at: number | null;
}

/** Where signing keys lie. Each method is atomic, and harmless when another isolate was faster. */
export interface SigningKeyRows {
  list(): Promise<SigningKeyRow[]>;
  /** Stores the key unless there is one of its state. */
  offer(row: SigningKeyRow): Promise<void>;
  /** Retires the active key if it is still `activeId`, and makes `next` active. */
  promote(activeId: string, now: number): Promise<void>;
  /** Deletes all keys, if this one is still among them. */
  discard(unreadableId: string): Promise<void>;
  /** Deletes keys that retired before `time`. */
  forget(time: number): Promise<void>;
}

/** A key that signs. */
export interface Signer {
  kid: string;
  key: CryptoKey;
}

/** An active key signs for this long before the cron replaces it. */
export const KEY_LIFE_MS = 30 * 24 * 3_600_000;
/** How long an isolate believes what it read. A retired key is accepted that much longer than its last token lives. */
export const KEYRING_TTL_MS = 5 * 60_000;
/** A token of an unknown key makes an isolate read again, but no more often than this. */
const RELOAD_EVERY_MS = 10_000;
const RETIRED_LIFE_MS = ACCESS_TOKEN_S * 1_000 + 2 * KEYRING_TTL_MS;

interface Loaded {
  at: number;
  signer: Signer;
  verifiers: Map<string, { key: CryptoKey; until: number }>;
  published: JWK[];
}

/**
 * The keys that sign access tokens: `next` (published, not yet used), `active`, `retired` (verifies until its last
 * token has died). Made on first need, race-safe by the table's constraint; rotated by {@link rotate}.
 *
 * What an isolate has read it keeps as values. No promise is ever shared between requests: one that was started by a
 * request whose client has gone would never settle.
 */
export class Keyring {
  readonly #rows: SigningKeyRows;
  readonly #masterKey: string | undefined;
  readonly #now: () => number;
  #loaded: Loaded | undefined;

  constructor(rows: SigningKeyRows, masterKey: string | undefined, now: () => number = Date.now) {
    this.#rows = rows;
    this.#masterKey = masterKey;
    this.#now = now;
  }

  /** The key that signs now. */
  async signer(): Promise<Signer> {
    return (await this.#load()).signer;
  }

  /** The public key of this id, or undefined if it is unknown or has expired. */
  async verifier(kid: string): Promise<CryptoKey | undefined> {
    let loaded = await this.#load();
    if (!loaded.verifiers.has(kid) && this.#now() - loaded.at > RELOAD_EVERY_MS) loaded = await this.#load(true);
    const known = loaded.verifiers.get(kid);
    return known && known.until > this.#now() ? known.key : undefined;
  }

  /** The public keys, as `/.well-known/jwks.json` shows them. */
  async published(): Promise<{ keys: JWK[] }> {
    return { keys: (await this.#load()).published };
  }

  /**
   * Replaces an active key that is older than `lifeMs`, deletes retired keys whose tokens have died, and makes sure
   * that there is a next one. May be run by several at once. Returns true if the active key was replaced.
   */
  async rotate(lifeMs: number = KEY_LIFE_MS): Promise<boolean> {
    const now = this.#now();
    await this.#rows.forget(now - RETIRED_LIFE_MS);
    const before = await this.#ensure();
    const isDue = (before.activated_at ?? before.created_at) + lifeMs <= now;
    if (isDue) await this.#rows.promote(before.id, now);
    this.#loaded = undefined;
    return isDue && (await this.#ensure()).id !== before.id;
  }

  async #load(isForced = false): Promise<Loaded> {
    const now = this.#now();
    if (!isForced && this.#loaded && now - this.#loaded.at < KEYRING_TTL_MS) return this.#loaded;
    const signer = await this.#openActive();
    const rows = await this.#rows.list();
    const verifiers: Loaded["verifiers"] = new Map();
    const published: JWK[] = [];
    for (const row of rows) {
      const until = row.retired_at === null ? Number.POSITIVE_INFINITY : row.retired_at + RETIRED_LIFE_MS;
      if (until <= now) continue;
      const jwk: JWK = JSON.parse(row.public_jwk);
      verifiers.set(row.id, { key: (await importJWK(jwk, "EdDSA")) as CryptoKey, until });
      published.push({ ...jwk, kid: row.id, alg: "EdDSA", use: "sig" });
    }
    this.#loaded = { at: now, signer, verifiers, published };
    return this.#loaded;
  }

  /** The active key's row; makes what is missing of active and next. */
  async #ensure(): Promise<SigningKeyRow> {
    const states = (rows: SigningKeyRow[]) => new Set(rows.map((row) => row.state));
    let rows = await this.#rows.list();
    const had = states(rows);
    if (!had.has("active") || !had.has("next")) {
      if (!had.has("active")) await this.#rows.offer(await this.#make("active"));
      if (!had.has("next")) await this.#rows.offer(await this.#make("next"));
      rows = await this.#rows.list();
    }
    const active = rows.find((row) => row.state === "active");
    if (!active) throw new Error("there is no active signing key, and none could be made");
    return active;
  }

  async #make(state: "active" | "next"): Promise<SigningKeyRow> {
    const now = this.#now();
    const { publicKey, privateKey } = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
    const id = `k${toBase64Url(crypto.getRandomValues(new Uint8Array(12)))}`;
    return {
      id,
      state,
      public_jwk: JSON.stringify(await exportJWK(publicKey)),
      sealed_private: await seal(await this.#boxKey(), JSON.stringify(await exportJWK(privateKey)), id),
      created_at: now,
      activated_at: state === "active" ? now : null,
      retired_at: null,
    };
  }

  /**
   * The active key, opened. If it was sealed under another MASTER_KEY, that secret was changed or lost: then all keys
   * are made anew, and with them every session ends, which is what changing the secret is documented to do.
   */
  async #openActive(): Promise<Signer> {
    const found = await this.#ensure();
    const known = await this.#open(found);
    if (known) return known;
    console.error(
      `The signing key ${found.id} in D1 was sealed under another MASTER_KEY. All signing keys are made anew: ` +
        "everybody signs in again.",
    );
    await this.#rows.discard(found.id);
    const made = await this.#open(await this.#ensure());
    if (!made) throw new Fault("misconfigured");
    return made;
  }

  async #open(row: SigningKeyRow): Promise<Signer | undefined> {
    const text = row.sealed_private && (await unseal(await this.#boxKey(), row.sealed_private, row.id));
    return text ? { kid: row.id, key: (await importJWK(JSON.parse(text), "EdDSA")) as CryptoKey } : undefined;
  }

  #boxKey(): Promise<Uint8Array<ArrayBuffer>> {
    return deriveBytes(readMasterKey(this.#masterKey), "signing keys");
  }
}
