import { chatStub, type TestPerson } from "../chat/room.ts";
import type { SeededRandom } from "../proofs/seeded-random.ts";

const KINDS = ["history", "write", "write", "slow", "pin", "receipts", "receipts", "typing", "invite"] as const;
const AUDIENCES = ["everyone", "staff", "admins"] as const;

/** What a ruling has come to. */
export interface Ruled {
  what: string;
  /** Somebody was let in by an invitation. */
  joined?: TestPerson;
  /** From now on, what waits for its time may be refused when it comes. */
  isSendingInDoubt?: true;
}

/** What the owner decides for everybody, and what people hide of themselves. Draws from numbers of its own. */
export class Rulings {
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
    return this.#random.isTrue(0.3);
  }

  async one(forgive: (userId: string) => Promise<void>): Promise<Ruled | undefined> {
    const stub = chatStub(this.#chatId);
    const kind = this.#random.pick(KINDS);
    const someone = this.#random.pick(this.#people);
    const isOn = this.#random.isTrue(0.5);
    const isIn = (await stub.isMember(someone.user_id)) as boolean;
    switch (kind) {
      case "history":
        await stub.update(this.#owner, { settings: { has_history_from_join: isOn } });
        return { what: `who comes now ${isOn ? "does not see" : "sees"} what came before` };
      case "write":
      case "pin": {
        const audience = this.#random.pick(AUDIENCES);
        await stub.update(this.#owner, { settings: { permissions: { [kind]: audience } } });
        return { what: `${audience} may ${kind}`, isSendingInDoubt: true };
      }
      case "slow":
        await stub.update(this.#owner, { settings: { slow_mode_s: isOn ? 5 : 0 } });
        return { what: `slow mode is ${isOn ? "on" : "off"}`, isSendingInDoubt: true };
      case "receipts":
      case "typing": {
        if (!isIn) return undefined;
        const hides_receipts = kind === "receipts" && isOn;
        const hides_typing = kind === "typing" && isOn;
        await stub.setSigns(someone.user_id, { hides_receipts, hides_typing, rev: ++this.#step });
        return { what: `${someone.display_name} hides ${isOn ? kind : "nothing"}` };
      }
      case "invite": {
        if (isIn) return undefined;
        await forgive(someone.user_id);
        const { code } = await stub.createInvite(this.#owner, { role: "member", max_uses: 1, needs_approval: false });
        await stub.acceptInvite(someone, code);
        return { what: `${someone.display_name} comes by an invitation`, joined: someone };
      }
    }
  }

  /** Everybody may do everything again, so that what waits can be sent. */
  async lift(): Promise<void> {
    await chatStub(this.#chatId).update(this.#owner, { settings: { slow_mode_s: 0, permissions: {} } });
  }

  get #owner(): string {
    return this.#people[0]?.user_id ?? "";
  }
}
