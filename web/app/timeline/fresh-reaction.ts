/** A reaction that was just set springs up once; one that scrolls into being stands still. */
const FRESH_MS = 500;

let newest: { key: string; emoji: string; at: number } | undefined;

/** Notes that the person set a reaction at a message now. */
export function noteOwnReaction(key: string, emoji: string): void {
  newest = { key, emoji, at: performance.now() };
}

export const isFreshReaction = (key: string, emoji: string): boolean =>
  newest?.key === key && newest.emoji === emoji && performance.now() - newest.at < FRESH_MS;
