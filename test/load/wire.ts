import { HEARTBEAT, SUBPROTOCOL } from "../../src/protocol/codec.ts";
import { ACKNOWLEDGE_EVERY } from "../../src/protocol/limits.ts";

/** One delivered message, as every server tells it in its own way. */
export interface Line {
  seq: number;
  id: string;
  /** When it was sent, on the clock of `clock.ts`. */
  sent_at_us: number;
}

/** What one WebSocket message held. */
export interface Parsed {
  news: Line[];
  acks: { seq: number; id: string }[];
  errors: string[];
  /** The server is ready to be sent to. */
  is_ready: boolean;
  /** To be sent back at once: an answer to the server's own heartbeat. */
  reply?: string;
  /** The clock of a Parley chat after these news. */
  rev?: number;
}

/** Where one socket goes, ready to be posted to a thread. */
export interface Place {
  url: string;
  headers: Record<string, string>;
  /** Which room's log the messages are checked against. */
  room: string;
  /** Newest message before the run. */
  head_seq: number;
}

/** How the generator speaks to one kind of server: the whole difference between them. */
export interface Wire {
  readonly protocols: readonly string[];
  /** Sent as soon as the socket is open. */
  readonly hello?: string;
  /** Sent every 30 s by every socket. */
  readonly heartbeat?: string;
  /** An open socket needs no further word from the server. */
  readonly is_ready_when_open: boolean;
  encode(id: string, text: string, seenSeq: number): string;
  parse(data: string): Parsed;
  /** What a device owes the server after `count` news since the last time; undefined while it owes nothing. */
  acknowledge?(count: number, rev: number): string | undefined;
}

const nothing = (): Parsed => ({ news: [], acks: [], errors: [], is_ready: false });

/** A text begins with the time it was sent at; see `textAt`. */
const sentAt = (text: string): number => Number.parseInt(text.slice(0, STAMP_CHARS), 36);
const STAMP_CHARS = 12;
const BODY_BYTES = 100;
const FILLER = "the quick brown fox jumps over the lazy dog ".repeat(3);

/** A body of 100 bytes that carries the time of its sending. */
export function textAt(now_us: number): string {
  return `${now_us.toString(36).padStart(STAMP_CHARS, "0")} ${FILLER}`.slice(0, BODY_BYTES);
}

interface PlainFrame {
  type: "message" | "ack";
  seq: number;
  id: string;
  text: string;
}

/** Floor, PartyServer and `ws`: `{id, text}` up, `{type, seq, id, text}` down. */
const plain: Wire = {
  protocols: [],
  is_ready_when_open: true,
  encode: (id, text) => JSON.stringify({ id, text }),
  parse(data) {
    const out = nothing();
    const frame = JSON.parse(data) as PlainFrame;
    if (frame.type === "ack") out.acks.push(frame);
    else out.news.push({ seq: frame.seq, id: frame.id, sent_at_us: sentAt(frame.text) });
    return out;
  },
};

let lastAckId = 0;

/** Engine.IO 4 and Socket.IO 5 over WebSocket, written out: the library's client would cost more than the others'. */
const socketIo: Wire = {
  protocols: [],
  hello: "40",
  is_ready_when_open: false,
  encode: (id, text) => `42${++lastAckId}${JSON.stringify(["message", { id, text }])}`,
  parse(data) {
    const out = nothing();
    if (data === "2") return { ...out, reply: "3" };
    if (data.startsWith("40")) return { ...out, is_ready: true };
    if (data.startsWith("42")) {
      const [, line] = JSON.parse(data.slice(2)) as [string, PlainFrame];
      out.news.push({ seq: line.seq, id: line.id, sent_at_us: sentAt(line.text) });
    } else if (data.startsWith("43")) {
      out.acks.push((JSON.parse(data.slice(data.indexOf("["))) as [{ seq: number; id: string }])[0]);
    } else if (!data.startsWith("0")) out.errors.push(data);
    return out;
  },
};

interface ParleyFrame {
  type: string;
  seq: number;
  rev?: number;
  client_msg_id: string;
  message: { seq: number; client_msg_id: string; content: { text: string } };
  messages?: unknown[];
  code?: string;
}

/** Parley's chat socket, with everything that a real client owes: sub-protocol, causes, acknowledgements, heartbeat. */
const parley: Wire = {
  protocols: [SUBPROTOCOL],
  heartbeat: HEARTBEAT,
  is_ready_when_open: false,
  encode: (id, text, seenSeq) =>
    JSON.stringify({ type: "SEND_MESSAGE", client_msg_id: id, seen_seq: seenSeq, content: { text } }),
  parse(data) {
    const out = nothing();
    const json = JSON.parse(data) as ParleyFrame | ParleyFrame[];
    for (const frame of Array.isArray(json) ? json : [json]) {
      if (frame.rev !== undefined) out.rev = frame.rev;
      if (frame.type === "MESSAGE_RECEIVED") {
        const { seq, client_msg_id, content } = frame.message;
        out.news.push({ seq, id: client_msg_id, sent_at_us: sentAt(content.text) });
      } else if (frame.type === "MESSAGE_ACK") out.acks.push({ seq: frame.seq, id: frame.client_msg_id });
      else if (frame.type === "CAUGHT_UP" || frame.type === "SNAPSHOT") out.is_ready = true;
      else if (frame.type === "ERROR") out.errors.push(data);
    }
    return out;
  },
  acknowledge: (count, rev) => (count >= ACKNOWLEDGE_EVERY ? JSON.stringify({ type: "ACKNOWLEDGE", rev }) : undefined),
};

export const WIRES = { plain, "socket-io": socketIo, parley } as const satisfies Record<string, Wire>;
export type WireName = keyof typeof WIRES;
