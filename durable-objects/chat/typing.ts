import { iso } from "./wire.ts";

/** A renewal within this time is not told again: everybody's clock runs for longer. */
const RENEW_MS = 1_000;

interface Typist {
  toldAt: number;
  timer: ReturnType<typeof setTimeout>;
}

/** Who is writing (SPEC TYP): in memory only, ended by the server three seconds after the last sign. */
export class TypingPeople {
  readonly #people = new Map<string, Typist>();
  readonly #tell: (piece: string, userId: string) => void;
  readonly #lastsMs: number;

  /** `tell` sends an encoded frame to everybody who is there. `lastsMs`: how long a sign of typing is good for. */
  constructor(tell: (piece: string, userId: string) => void, lastsMs: number) {
    this.#tell = tell;
    this.#lastsMs = lastsMs;
  }

  start(chatId: string, userId: string, now: number): void {
    const known = this.#people.get(userId);
    if (known) clearTimeout(known.timer);
    const timer = setTimeout(() => this.stop(chatId, userId), this.#lastsMs);
    const isNews = !known || now - known.toldAt >= RENEW_MS;
    this.#people.set(userId, { toldAt: isNews ? now : known.toldAt, timer });
    if (isNews)
      this.#tell(
        JSON.stringify({
          type: "TYPING",
          chat_id: chatId,
          user_id: userId,
          is_typing: true,
          expires_at: iso(now + this.#lastsMs),
        }),
        userId,
      );
  }

  stop(chatId: string, userId: string): void {
    if (this.#end(userId))
      this.#tell(JSON.stringify({ type: "TYPING", chat_id: chatId, user_id: userId, is_typing: false }), userId);
  }

  isTyping(userId: string): boolean {
    return this.#people.has(userId);
  }

  /** Their message has come: that says it. The frame to send beside it, or undefined. */
  endedBySending(chatId: string, userId: string): string | undefined {
    return this.#end(userId)
      ? JSON.stringify({ type: "TYPING", chat_id: chatId, user_id: userId, is_typing: false })
      : undefined;
  }

  #end(userId: string): boolean {
    const known = this.#people.get(userId);
    if (!known) return false;
    clearTimeout(known.timer);
    this.#people.delete(userId);
    return true;
  }
}
