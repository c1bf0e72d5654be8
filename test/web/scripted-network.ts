import type { UpFrame, UpOf, UpType } from "../../src/protocol/up.ts";
import type { AnyDown, Link, LinkEvents, Renewal, Target, Transport } from "../../web/sync/engine/ports.ts";

/** One socket of a test: what the engine sent, and the other end to answer with. */
export class ScriptedSocket implements Link {
  readonly target: Target;
  readonly sent: UpFrame[] = [];
  readonly #events: LinkEvents;
  isClosed = false;

  constructor(target: Target, events: LinkEvents) {
    this.target = target;
    this.#events = events;
  }

  send(frame: UpFrame): void {
    if (!this.isClosed) this.sent.push(frame);
  }

  close(): void {
    this.isClosed = true;
  }

  open(): void {
    this.#events.opened();
  }

  say(...frames: AnyDown[]): void {
    this.#events.received(frames);
  }

  end(code = 1006): void {
    this.isClosed = true;
    this.#events.closed(code);
  }

  of<T extends UpType>(type: T): UpOf<T>[] {
    return this.sent.filter((frame): frame is UpOf<T> => frame.type === type);
  }
}

/** A network whose other end is the test. */
export class ScriptedNetwork implements Transport {
  readonly dialled: ScriptedSocket[] = [];
  renewals = 0;
  renewal: Renewal = "renewed";
  /** What happens to a socket as soon as it is dialled; by default nothing. */
  greet: (socket: ScriptedSocket) => void = () => undefined;

  dial(target: Target, events: LinkEvents): Link {
    const socket = new ScriptedSocket(target, events);
    this.dialled.push(socket);
    queueMicrotask(() => this.greet(socket));
    return socket;
  }

  async renew(): Promise<Renewal> {
    this.renewals++;
    return this.renewal;
  }

  /** The newest socket of a chat, or of the hub. */
  last(chatId?: string): ScriptedSocket {
    const found = this.dialled.findLast(({ target }) =>
      target.kind === "chat" ? target.chat_id === chatId : chatId === undefined,
    );
    if (!found) throw new Error(`nothing was dialled for ${chatId ?? "the hub"}`);
    return found;
  }

  count(chatId?: string): number {
    return this.dialled.filter(({ target }) =>
      target.kind === "chat" ? target.chat_id === chatId : chatId === undefined,
    ).length;
  }
}
