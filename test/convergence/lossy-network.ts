import type { InboxEntry } from "../../src/protocol/chat.ts";
import { decodeDown, SUBPROTOCOL } from "../../src/protocol/codec.ts";
import { CALLER_HEADERS } from "../../src/protocol/rpc.ts";
import type { UpFrame } from "../../src/protocol/up.ts";
import type { AnyDown, Link, LinkEvents, Renewal, Target, Transport } from "../../web/sync/engine/ports.ts";

const MARK = "barrier ";
const COMMITTED = "committed";

/** A frame on its way down, or the end of the socket. */
type Arriving = { frame: AnyDown } | { closed: number };

/** One socket to the chat object: both directions stop in a queue, and a step decides what becomes of them. */
export class LossySocket implements Link {
  readonly target: Target & { kind: "chat" };
  readonly up: UpFrame[] = [];
  readonly down: Arriving[] = [];
  readonly #events: LinkEvents;
  #socket: WebSocket | undefined;
  /** The client gave it up, or was told that it ended. */
  isOver = false;
  #isServerGone = false;
  /** Messages and commands that were passed to the object, minus its answers to them. */
  #unanswered = 0;
  readonly #marks = new Map<string, () => void>();

  constructor(target: Target & { kind: "chat" }, events: LinkEvents) {
    this.target = target;
    this.#events = events;
  }

  get isDialling(): boolean {
    return !this.isOver && this.#socket === undefined;
  }

  get isLive(): boolean {
    return this.#socket !== undefined && !this.#isServerGone;
  }

  send(frame: UpFrame): void {
    if (!this.isOver) this.up.push(frame);
  }

  close(): void {
    this.isOver = true;
    this.#hangUp();
  }

  /** The upgrade arrives: attach, and let the answer into the queue. */
  async connect(
    stub: { fetch(url: string, init: RequestInit): Promise<Response> },
    userId: string,
    sessionId: string,
  ): Promise<void> {
    const { cursor, delivered_seq, read_seq } = this.target;
    const query = new URLSearchParams({ delivered_seq: String(delivered_seq), read_seq: String(read_seq) });
    if (cursor) {
      query.set("epoch", cursor.epoch);
      query.set("rev", String(cursor.rev));
    }
    const response = await stub.fetch(`https://parley/connect?${query}`, {
      headers: {
        upgrade: "websocket",
        "sec-websocket-protocol": SUBPROTOCOL,
        [CALLER_HEADERS.user]: userId,
        [CALLER_HEADERS.session]: sessionId,
        [CALLER_HEADERS.device]: "fuzz",
      },
    });
    const socket = response.webSocket;
    if (!socket) {
      // A refused upgrade: over HTTP the client learns that it is no member.
      this.#isServerGone = true;
      this.fail(response.status === 403 || response.status === 404 ? 4404 : 1006);
      return;
    }
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.#heard(String(data)));
    socket.addEventListener("close", ({ code }) => {
      this.#isServerGone = true;
      this.down.push({ closed: code });
      for (const answer of this.#marks.values()) answer();
    });
    socket.accept();
    if (!this.isOver) this.#events.opened();
  }

  /** Hands a frame to the object. */
  pass(frame: UpFrame): void {
    if (!this.isLive) return;
    this.#socket?.send(JSON.stringify(frame));
    if (frame.type === "SEND_MESSAGE" || "command_id" in frame) this.#unanswered++;
  }

  deliver(arriving: Arriving): void {
    if (this.isOver) return;
    if ("closed" in arriving) this.fail(arriving.closed);
    else this.#events.received([arriving.frame]);
  }

  /** The client learns that the connection ended; with `isSilent` the server does not. */
  fail(code: number, isSilent = false): void {
    if (this.isOver) return;
    this.isOver = true;
    if (!isSilent) this.#hangUp();
    this.#events.closed(code);
  }

  /** Resolves when everything that the object said so far is in the queue: frames of one socket keep their order. */
  barrier(name: string): Promise<void> {
    return this.#marked(name, { type: "PING", timestamp: MARK + name });
  }

  /** Resolves when every message and command that was passed to the object is answered, which it is when it is stored. */
  async committed(): Promise<void> {
    if (this.#unanswered > 0 && this.isLive) await new Promise<void>((resolve) => this.#marks.set(COMMITTED, resolve));
    this.#marks.delete(COMMITTED);
  }

  async #marked(name: string, frame: UpFrame): Promise<void> {
    if (!this.isLive) return;
    const answered = new Promise<void>((resolve) => this.#marks.set(name, resolve));
    this.#socket?.send(JSON.stringify(frame));
    await answered;
    this.#marks.delete(name);
  }

  /** Ends the server's side of a socket that its client has long left. */
  async bury(): Promise<void> {
    this.#hangUp();
  }

  #hangUp(): void {
    if (!this.#socket || this.#isServerGone) return;
    this.#isServerGone = true;
    this.#socket.close(1000, "cut");
    for (const answer of this.#marks.values()) answer();
  }

  #heard(data: string): void {
    for (const frame of decodeDown(data)) {
      if (frame.type === "PONG" && typeof frame.timestamp === "string" && frame.timestamp.startsWith(MARK)) {
        this.#marks.get(frame.timestamp.slice(MARK.length))?.();
        continue;
      }
      this.down.push({ frame });
      const isRefusal = frame.type === "ERROR" && (frame.client_msg_id ?? frame.command_id) !== undefined;
      const isAnswer = frame.type === "MESSAGE_ACK" || frame.type === "COMMAND_ACK" || isRefusal;
      if (isAnswer && --this.#unanswered === 0) this.#marks.get(COMMITTED)?.();
    }
  }
}

/** All sockets that one client ever had to the chat, and a hub that only says what it is told to. */
export class LossyNetwork implements Transport {
  readonly sockets: LossySocket[] = [];
  #hub: LinkEvents | undefined;
  #rev = 1;
  #entries: InboxEntry[] = [];
  readonly #userId: string;

  readonly #serverNow: () => number;

  constructor(userId: string, serverNow: () => number) {
    this.#userId = userId;
    this.#serverNow = serverNow;
  }

  dial(target: Target, events: LinkEvents): Link {
    if (target.kind === "chat") {
      const socket = new LossySocket(target, events);
      this.sockets.push(socket);
      return socket;
    }
    this.#hub = events;
    queueMicrotask(() => {
      if (this.#hub !== events) return;
      events.opened();
      events.received([
        {
          type: "CONNECTED",
          session_id: "s",
          user_id: this.#userId,
          device_id: "fuzz",
          server_time: new Date(this.#serverNow()).toISOString(),
          protocol_version: 1,
          heartbeat_ms: 30_000,
        },
        this.#snapshot(),
      ]);
    });
    return {
      send: (frame) => {
        queueMicrotask(() => {
          if (this.#hub !== events) return;
          if (frame.type === "PING") events.received([{ type: "PONG" }]);
          if (frame.type === "CATCH_UP_INBOX") events.received([this.#snapshot()]);
        });
      },
      close: () => {
        if (this.#hub === events) this.#hub = undefined;
      },
    };
  }

  async renew(): Promise<Renewal> {
    return "renewed";
  }

  /** What the hub knows from now on of the one chat there is. */
  inbox(entry: InboxEntry): void {
    const base = this.#rev++;
    const now = { ...entry, rev: this.#rev };
    this.#entries = entry.is_removed ? [] : [now];
    this.#hub?.received([{ type: "INBOX_CHANGED", epoch: "hub", base, rev: this.#rev, entries: [now] }]);
  }

  #snapshot(): AnyDown {
    return { type: "INBOX_SNAPSHOT", epoch: "hub", rev: this.#rev, entries: this.#entries };
  }

  /** The socket that the client uses now. */
  get current(): LossySocket | undefined {
    return this.sockets.findLast((socket) => !socket.isOver);
  }

  /** Sockets whose other end still takes part. */
  get live(): LossySocket[] {
    return this.sockets.filter((socket) => socket.isLive);
  }
}
