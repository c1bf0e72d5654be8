import { ChatObject } from "../../durable-objects/chat/chat-object.ts";

/**
 * The clock of all chat objects of this process: the machine's, and what the fuzz has added. It only goes forward; what
 * the objects do at a time happens when they are next looked at, as after a sleep.
 */
export class ServerClock {
  #ahead = 0;

  install(): void {
    Object.defineProperty(ChatObject.prototype, "now", { value: () => this.now, configurable: true });
  }

  uninstall(): void {
    Reflect.deleteProperty(ChatObject.prototype, "now");
  }

  get now(): number {
    return Date.now() + this.#ahead;
  }

  advance(ms: number): void {
    this.#ahead += ms;
  }

  /** For the next world. */
  reset(): void {
    this.#ahead = 0;
  }
}
