import type { StatusChange } from "../../src/protocol/rpc.ts";
import type { CustomStatus } from "../../src/protocol/user.ts";

/** What a person says of themselves for a while, as it lies in the hub's row (PRS19). */
interface Stored {
  text: string;
  emoji: string | null;
  expires_at: number | null;
}

export function readCustom(json: string | null): { status: CustomStatus; until: number | null } | undefined {
  if (json === null) return undefined;
  // Written by `writeCustom` alone.
  const { text, emoji, expires_at } = JSON.parse(json) as Stored;
  return {
    status: {
      text,
      ...(emoji === null ? {} : { emoji }),
      ...(expires_at === null ? {} : { expires_at: new Date(expires_at).toISOString() }),
    },
    until: expires_at,
  };
}

/** Null where nothing is said. */
export function writeCustom(status: NonNullable<StatusChange["custom_status"]> | null): string | null {
  if (status === null || (status.text === "" && status.emoji === undefined)) return null;
  const expires_at = status.expires_at === undefined ? null : Date.parse(status.expires_at);
  return JSON.stringify({ text: status.text, emoji: status.emoji ?? null, expires_at } satisfies Stored);
}
