import { TYPING_MS } from "../../src/protocol/limits.ts";
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
  readonly #tell: (piece: string) => void;

  /** `tell` sends an encoded frame to everybody who is there. */
  constructor(tell: (piece: string) => void) {
    this.#tell = tell;
  }

  start(chatId: string, userId: string, now: number): void {
    const known = this.#people.get(userId);
    if (known) clearTimeout(known.timer);
    const timer = setTimeout(() => this.stop(chatId, userId), TYPING_MS);
    const isNews = !known || now - known.toldAt >= RENEW_MS;
    this.#people.set(userId, { toldAt: isNews ? now : known.toldAt, timer });
    if (isNews)
      this.#tell(
        JSON.stringify({
          type: "TYPING",
          chat_id: chatId,
          user_id: userId,
          is_typing: true,
          expires_at: iso(now + TYPING_MS),
        }),
      );
  }

  stop(chatId: string, userId: string): void {
    if (this.#end(userId))
      this.#tell(JSON.stringify({ type: "TYPING", chat_id: chatId, user_id: userId, is_typing: false }));
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
