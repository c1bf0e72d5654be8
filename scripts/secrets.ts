import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isMissing } from "./state-lock.ts";

/** The secrets of a local server. */
export interface LocalSecrets {
  /** 32 bytes, base64url: encrypts the signing keys that are stored in D1. */
  MASTER_KEY: string;
}

/**
 * Reads the secrets of a state directory, making them on its first use. They lie beside the data they
 * protect, readable by the owner alone; losing the file means that every session ends.
 */
export function readSecrets(stateDir: string): LocalSecrets {
  const path = join(stateDir, "secrets.json");
  try {
    return JSON.parse(readFileSync(path, "utf8")) as LocalSecrets;
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  const secrets: LocalSecrets = { MASTER_KEY: randomBytes(32).toString("base64url") };
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  writeFileSync(path, `${JSON.stringify(secrets, undefined, 2)}\n`, { mode: 0o600, flag: "wx" });
  return secrets;
}
