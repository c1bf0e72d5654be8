import { setTimeout as delay } from "node:timers/promises";
import { WebSocket } from "ws";
import { judge } from "../../src/domain/delta.ts";
import { decodeDown, SUBPROTOCOL } from "../../src/protocol/codec.ts";
import type { DownFrame, ErrorFrame, MessageAck, NewsFrame } from "../../src/protocol/down.ts";
import { newClientMsgId } from "../../src/protocol/ids.ts";
import { ACKNOWLEDGE_EVERY } from "../../src/protocol/limits.ts";
import type { Message } from "../../src/protocol/message.ts";
import { bearer } from "./api.ts";
import type { SignedIn } from "./people.ts";

/** One line of the outbox: the frame to the letter, because a resend changes nothing. */
interface Unsent {
  frame: string;
  resolve: (ack: MessageAck) => void;
  reject: (error: Error) => void;
}

/** How a client behaves; a proof switches off what it wants to do by hand. */
export interface ClientOptions {
  /** Comes back by itself when the socket is lost. */
  isPersistent?: boolean;
  /** Called for every message that arrives as news, once. */
  onMessage?: (message: Message, client: ChatClient) => void;
}

const RECONNECT_MS = { low: 50, high: 400 };
const CONNECT_TIMEOUT_MS = 15_000;

/**
 * The smallest client that keeps the rules of the log, written from the protocol's documents: cursor and catch-up,
 * an outbox whose rows are sent again unchanged, acknowledgements. It also distrusts the server: whatever it is told
 * that cannot be true is kept in `findings`.
 */
export class ChatClient {
  readonly person: SignedIn;
  readonly chatId: string;
  /** What this device has of the chat, by number. */
  readonly log = new Map<number, Message>();
  /** Every acknowledgement that ever reached it, by client_msg_id. */
  readonly acks = new Map<string, MessageAck[]>();
  readonly errors: ErrorFrame[] = [];
  readonly findings: string[] = [];
  /** Messages that arrived as news; a repeat of one is a finding. */
  received = 0;
  /** Sockets opened so far, snapshots and catch-ups received: what a proof says it went through. */
  connections = 0;
  catchUps = 0;

  readonly #url: string;
  readonly #options: ClientOptions;
  readonly #outbox = new Map<string, Unsent>();
  #cursor: { epoch: string; rev: number } | undefined;
  #socket: WebSocket | undefined;
  #isCaughtUp = false;
  #isCatchingUp = false;
  #isClosed = false;
  #sinceAcknowledge = 0;
  #head = 0;
  #waiters: (() => void)[] = [];

  constructor(socketUrl: string, person: SignedIn, chatId: string, options: ClientOptions = {}) {
    this.#url = socketUrl;
    this.person = person;
    this.chatId = chatId;
    this.#options = options;
  }

  /** The newest number it knows. */
  get head(): number {
    return this.#head;
  }

  get rev(): number {
    return this.#cursor?.rev ?? 0;
  }

  get isReady(): boolean {
    return this.#isCaughtUp;
  }

  get unacknowledged(): number {
    return this.#outbox.size;
  }

  /** Opens the socket and resolves once caught up; unacknowledged messages are sent again then. */
  async open(): Promise<void> {
    this.#isClosed = false;
    const ready = new Promise<void>((resolve) => this.#waiters.push(resolve));
    this.#connect();
    const timeout = AbortSignal.timeout(CONNECT_TIMEOUT_MS);
    await Promise.race([
      ready,
      new Promise<never>((_, reject) =>
        timeout.addEventListener("abort", () => reject(new Error(`${this.person.username} was not let in.`))),
      ),
    ]);
  }

  /** Drops the connection as a dead network does, without a goodbye, and stays away. */
  cut(): void {
    this.#isClosed = true;
    const socket = this.#socket;
    this.#lost();
    socket?.terminate();
  }

  /** Writes a message. Resolves with its acknowledgement, however many connections that takes. */
  send(text: string, clientMsgId: string = newClientMsgId()): Promise<MessageAck> {
    const frame = JSON.stringify({
      type: "SEND_MESSAGE",
      client_msg_id: clientMsgId,
      seen_seq: this.head,
      content: { text },
    });
    return new Promise((resolve, reject) => {
      this.#outbox.set(clientMsgId, { frame, resolve, reject });
      if (this.#isCaughtUp) this.#socket?.send(frame);
    });
  }

  /** Sends anything, past the outbox. */
  raw(data: string | Buffer): void {
    this.#socket?.send(data);
  }

  #connect(): void {
    const cursor = this.#cursor;
    const query = cursor === undefined ? "" : `?epoch=${cursor.epoch}&rev=${cursor.rev}`;
    const socket = new WebSocket(`${this.#url}/api/v1/chats/${this.chatId}/connect${query}`, [SUBPROTOCOL], {
      headers: bearer(this.person),
      perMessageDeflate: false,
    });
    this.#socket = socket;
    this.connections++;
    socket.on("message", (data: Buffer) => {
      if (socket !== this.#socket) return;
      for (const frame of decodeDown(data.toString())) {
        if (frame.type === "UNKNOWN") this.findings.push(`a frame that is not in the protocol: ${data}`);
        else this.#take(frame);
      }
    });
    // The close event follows and says all there is to know.
    socket.on("error", () => {});
    socket.on("close", () => {
      if (socket !== this.#socket) return;
      this.#lost();
      if (this.#options.isPersistent && !this.#isClosed) void this.#comeBack();
    });
  }

  #lost(): void {
    this.#socket = undefined;
    this.#isCaughtUp = false;
    this.#isCatchingUp = false;
  }

  async #comeBack(): Promise<void> {
    await delay(RECONNECT_MS.low + Math.random() * (RECONNECT_MS.high - RECONNECT_MS.low));
    if (!this.#isClosed && this.#socket === undefined) this.#connect();
  }

  #take(frame: DownFrame): void {
    switch (frame.type) {
      case "MESSAGE_ACK":
        this.#acknowledged(frame);
        return;
      case "ERROR":
        this.errors.push(frame);
        this.#refused(frame);
        return;
      case "SNAPSHOT":
        for (const message of frame.messages) this.#store(message);
        this.#cursor = { epoch: frame.epoch, rev: frame.rev };
        this.#caughtUp();
        return;
      case "CAUGHT_UP":
        if (this.#cursor?.epoch !== frame.epoch) this.findings.push("caught up in another epoch");
        this.#news(frame);
        this.#caughtUp();
        return;
      case "MESSAGE_RECEIVED":
      case "MESSAGES_CHANGED":
      case "MEMBERS_CHANGED":
      case "CHAT_CHANGED":
      case "RECEIPTS_CHANGED":
        this.#news(frame);
        return;
    }
  }

  #news(frame: NewsFrame): void {
    if (this.#cursor === undefined) {
      this.findings.push(`${frame.type} before the first snapshot`);
      return;
    }
    const verdict = judge(this.#cursor.rev, frame);
    if (verdict === "ignore") return;
    if (verdict === "catch_up") {
      this.#askForMore();
      return;
    }
    const messages = frame.type === "MESSAGE_RECEIVED" ? [frame.message] : (frame.messages ?? []);
    for (const message of messages.toSorted((a, b) => a.seq - b.seq)) {
      const isNew = !this.log.has(message.seq);
      if (isNew && message.seq !== this.head + 1) this.findings.push(`${message.seq} came after ${this.head}`);
      if (!isNew && frame.type === "MESSAGE_RECEIVED") this.findings.push(`${message.seq} came twice`);
      this.#store(message);
      if (isNew) {
        this.received++;
        this.#options.onMessage?.(message, this);
      }
    }
    this.#cursor.rev = frame.rev;
    if (++this.#sinceAcknowledge >= ACKNOWLEDGE_EVERY) {
      this.#sinceAcknowledge = 0;
      this.#socket?.send(JSON.stringify({ type: "ACKNOWLEDGE", rev: frame.rev }));
    }
  }

  #askForMore(): void {
    if (this.#isCatchingUp) return;
    this.#isCatchingUp = true;
    this.#socket?.send(JSON.stringify({ type: "CATCH_UP", ...this.#cursor }));
  }

  #caughtUp(): void {
    this.catchUps++;
    this.#isCatchingUp = false;
    const wasReady = this.#isCaughtUp;
    this.#isCaughtUp = true;
    if (!wasReady) for (const { frame } of this.#outbox.values()) this.#socket?.send(frame);
    for (const waiter of this.#waiters.splice(0)) waiter();
  }

  #store(message: Message): void {
    const known = this.log.get(message.seq);
    if (known && message.client_msg_id && known.client_msg_id !== message.client_msg_id) {
      this.findings.push(`${message.seq} was ${known.client_msg_id} and became ${message.client_msg_id}`);
    }
    if (!known || message.rev >= known.rev) this.log.set(message.seq, message);
    this.#head = Math.max(this.#head, message.seq);
  }

  #acknowledged(ack: MessageAck): void {
    const before = this.acks.get(ack.client_msg_id);
    if (before?.some((other) => other.seq !== ack.seq || other.timestamp !== ack.timestamp)) {
      this.findings.push(`${ack.client_msg_id} was acknowledged as ${before[0]?.seq}, then as ${ack.seq}`);
    }
    this.acks.set(ack.client_msg_id, [...(before ?? []), ack]);
    this.#outbox.get(ack.client_msg_id)?.resolve(ack);
    this.#outbox.delete(ack.client_msg_id);
  }

  #refused(error: ErrorFrame): void {
    const unsent = error.client_msg_id === undefined ? undefined : this.#outbox.get(error.client_msg_id);
    if (unsent === undefined || error.client_msg_id === undefined) return;
    if (error.retry_after !== undefined) {
      setTimeout(() => {
        if (this.#isCaughtUp) this.#socket?.send(unsent.frame);
      }, error.retry_after * 1_000).unref();
      return;
    }
    this.#outbox.delete(error.client_msg_id);
    unsent.reject(new Error(`${error.code}: ${error.message}`));
  }
}
