import { chatStub, type TestPerson } from "../chat/room.ts";
import type { SeededRandom } from "../proofs/seeded-random.ts";

const KINDS = ["block", "block", "block", "unblock", "unblock", "receipts", "timer"] as const;

/** What the two of a direct chat do to each other: they block, think better of it, and hide what they read. Draws from numbers of its own. */
export class Quarrels {
  readonly #random: SeededRandom;
  readonly #chatId: string;
  readonly #people: readonly TestPerson[];
  #step = 0;

  constructor(random: SeededRandom, chatId: string, people: readonly TestPerson[]) {
    this.#random = random;
    this.#chatId = chatId;
    this.#people = people;
  }

  get isDue(): boolean {
    return this.#random.isTrue(0.4);
  }

  /** Says what was done. */
  async one(): Promise<string> {
    const stub = chatStub(this.#chatId);
    const { user_id: by, display_name: name } = this.#random.pick(this.#people);
    const kind = this.#random.pick(KINDS);
    const isOn = this.#random.isTrue(0.5);
    switch (kind) {
      case "block":
      case "unblock": {
        const is_blocked = kind === "block";
        await stub.setBlock({ by, is_blocked, rev: ++this.#step });
        return `${name} ${kind}s the other`;
      }
      case "receipts":
        await stub.setSigns(by, { hides_receipts: isOn, hides_typing: false, rev: ++this.#step });
        return `${name} hides ${isOn ? "what they read" : "nothing"}`;
      case "timer":
        await stub.update(by, { settings: { disappear_after_s: isOn ? 60 : null } });
        return `what is new disappears${isOn ? "" : " no more"}`;
    }
  }

  /** They speak to each other again, so that what waits can be sent. */
  async end(): Promise<void> {
    for (const { user_id: by } of this.#people)
      await chatStub(this.#chatId).setBlock({ by, is_blocked: false, rev: ++this.#step });
  }
}
