import { join } from "node:path";

/** The root of the project. */
export const ROOT = join(import.meta.dirname, "..");

/**
 * Built things, keyed by the fingerprint of what they were built from. Under node_modules, because they
 * belong to one install: a clean `npm ci` throws them away, and no ignore rule is needed.
 */
export const CACHE = join(ROOT, "node_modules", ".cache", "parley");

/** Where local data lies unless STATE_DIR says otherwise. */
export const STATE_DIR = join(ROOT, ".parley");

/** The D1 migrations, applied in the order of their names. */
export const D1_MIGRATIONS = join(ROOT, "migrations", "d1");
