import type { InboxEntry } from "../../../src/protocol/chat.ts";
import type { ErrorCode } from "../../../src/protocol/error.ts";
import type { TimelineMessage } from "../client.ts";
import type { DeskScreen } from "../desk.ts";
import type { LineEnd } from "./line.ts";
import type { OutboxRow } from "./outbox-row.ts";
import type { Veil } from "./veil.ts";

/** What a chat tells the engine that holds it. */
export interface SessionEvents {
  entry(): InboxEntry | undefined;
  /** Repaint: a screen, the inbox line, or the connection line may look different. */
  changed(): void;
  screen(viewId: string, screen: DeskScreen): void;
  arrival(message: TimelineMessage): void;
  ended(why: LineEnd): void;
  /** What the person deleted for themselves. */
  hidden(): Veil;
  /** A command was refused, and is undone. */
  undone(row: OutboxRow, code: ErrorCode): void;
  /** The server's clock minus this device's, in milliseconds. */
  skew(ms: number): void;
  /** Epoch milliseconds by the server's clock, as far as this device knows it. */
  readonly now: () => number;
  /** Something of this chat is over at that moment of the server's clock. */
  until(at: number): void;
}
