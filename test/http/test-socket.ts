import { decodeDown, SUBPROTOCOL } from "../../src/protocol/codec.ts";
import type { DownFrame } from "../../src/protocol/down.ts";
import type { UpFrame } from "../../src/protocol/up.ts";
import { ask } from "./world.ts";

const PATIENCE_MS = 10_000;

/** A socket opened through the Worker's doors. */
export class TestSocket {
  readonly #socket: WebSocket;
  readonly #frames: DownFrame[] = [];
  #wake = (): void => {};
  #pings = 0;
  /** Settles when the server closes. */
  readonly closed: Promise<{ code: number }>;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => {
      socket.addEventListener("close", ({ code }) => resolve({ code }));
    });
    socket.addEventListener("message", ({ data }) => {
      for (const frame of decodeDown(String(data))) if (frame.type !== "UNKNOWN") this.#frames.push(frame);
      this.#wake();
    });
    socket.accept();
  }

  static async #open(path: string, token: string): Promise<TestSocket | Response> {
    const headers = { upgrade: "websocket", authorization: `Bearer ${token}`, "sec-websocket-protocol": SUBPROTOCOL };
    const response = await ask(path, { headers });
    return response.webSocket ? new TestSocket(response.webSocket) : response;
  }

  static async hub(token: string): Promise<TestSocket> {
    const socket = await TestSocket.#open("/api/v1/ws", token);
    if (socket instanceof Response) throw new Error(`no socket: ${socket.status}`);
    return socket;
  }

  static chat(token: string, chatId: string): Promise<TestSocket | Response> {
    return TestSocket.#open(`/api/v1/chats/${chatId}/connect`, token);
  }

  send(frame: object): void {
    this.#socket.send(JSON.stringify(frame));
  }

  close(): void {
    try {
      this.#socket.close(1000, "done");
    } catch {
      // The server was faster.
    }
  }

  /** The next frame of a type; those before it are dropped. */
  async next(type: DownFrame["type"]): Promise<DownFrame> {
    await this.#until((frames) => frames.some((frame) => frame.type === type));
    const at = this.#frames.findIndex((frame) => frame.type === type);
    return this.#frames.splice(0, at + 1).at(-1) as DownFrame;
  }

  /**
   * Sends a frame and gathers what comes: up to a frame of type `answer` or an ERROR; or where silence is the answer, up
   * to those of two pings behind it, a moment apart, because what a hub passes on to a chat is answered later.
   */
  async ask(frame: UpFrame, answer?: string): Promise<DownFrame[]> {
    this.#frames.length = 0;
    this.send(frame);
    if (answer) {
      await this.#until((frames) => frames.some((f) => f.type === answer || f.type === "ERROR"));
      return this.#frames.splice(0);
    }
    for (let round = 0; round < 2; round++) {
      this.#pings += 1;
      const mark = `mark ${this.#pings}`;
      this.send({ type: "PING", timestamp: mark });
      await this.#until((frames) => frames.some((f) => f.type === "PONG" && f.timestamp === mark));
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    return this.#frames.splice(0).filter((f) => f.type !== "PONG");
  }

  async #until(isThere: (frames: readonly DownFrame[]) => boolean): Promise<void> {
    const until = Date.now() + PATIENCE_MS;
    while (!isThere(this.#frames)) {
      if (Date.now() > until) throw new Error(`it did not come; got ${this.#frames.map((f) => f.type).join(" ")}`);
      await this.#moment();
    }
  }

  #moment(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, 50);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
