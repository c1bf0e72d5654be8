import { once } from "node:events";
import { WebSocket } from "ws";
import { nowUs } from "./clock.ts";
import type { Histogram } from "./histogram.ts";
import { type RoomLog, Track } from "./room-log.ts";
import { type Parsed, type Place, textAt, type Wire } from "./wire.ts";

/** Where the seats of one thread put what they measure. */
export interface Meter {
  latency: Histogram;
  deliveries: number;
  sent: number;
  acked: number;
  /** Of `sent` and `acked`, what fell into the warm-up. */
  acked_before: number;
  /** When the measuring began, and the last delivery. */
  first_us: number;
  last_us: number;
  errors: string[];
}

/**
 * Reads each distinct WebSocket message once: a broadcast reaches many sockets of a thread as the same bytes, and
 * the generator must not be what is measured. The same for every server.
 */
class Reader {
  static readonly #KEPT = 2_048;
  readonly #wire: Wire;
  readonly #known = new Map<string, Parsed>();

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  read(data: Buffer, log: RoomLog): Parsed {
    // Bodies are ASCII, and this is the cheapest way from bytes to a string.
    const text = data.toString("latin1");
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const parsed = this.#wire.parse(text);
    for (const { seq, id } of parsed.news) log.record(seq, id);
    for (const { seq, id } of parsed.acks) log.record(seq, id);
    if (this.#known.size >= Reader.#KEPT) this.#known.clear();
    if (parsed.news.length > 0) this.#known.set(text, parsed);
    return parsed;
  }
}

const readers = new WeakMap<Wire, Reader>();

function readerOf(wire: Wire): Reader {
  const reader = readers.get(wire) ?? new Reader(wire);
  readers.set(wire, reader);
  return reader;
}

/** One socket of one member: checks all it is told, and sends if it is asked to. */
export class Seat {
  readonly place: Place;
  readonly track: Track;
  readonly #wire: Wire;
  readonly #reader: Reader;
  readonly #log: RoomLog;
  readonly #meter: Meter;
  readonly #prefix: string;
  #socket: WebSocket | undefined;
  #sent = 0;
  #unacknowledged = 0;
  #rev = 0;
  /** Called with the number of own messages that were just acknowledged. */
  onAcks: ((count: number) => void) | undefined;
  /** Called when messages arrived, with how many. */
  onNews: ((count: number) => void) | undefined;

  constructor(place: Place, prefix: string, wire: Wire, log: RoomLog, meter: Meter) {
    this.place = place;
    this.track = new Track(place.head_seq);
    this.#prefix = prefix;
    this.#wire = wire;
    this.#reader = readerOf(wire);
    this.#log = log;
    this.#meter = meter;
  }

  /** Opens the socket; resolves when the server is ready for messages. */
  async open(): Promise<void> {
    const socket = new WebSocket(this.place.url, [...this.#wire.protocols], {
      headers: this.place.headers,
      perMessageDeflate: false,
      skipUTF8Validation: true,
    });
    this.#socket = socket;
    const ready = new Promise<void>((resolve) => {
      socket.on("message", (data: Buffer) => this.#take(data, resolve));
    });
    socket.on("error", (error) => this.#meter.errors.push(String(error)));
    await once(socket, "open");
    socket.on("close", (code) => {
      if (this.#socket !== undefined) this.#meter.errors.push(`closed with ${code}`);
    });
    if (this.#wire.hello !== undefined) socket.send(this.#wire.hello);
    if (!this.#wire.is_ready_when_open) await ready;
  }

  /** Sends one message of 100 bytes. */
  send(): void {
    const now = nowUs();
    this.#meter.sent++;
    this.#socket?.send(this.#wire.encode(`${this.#prefix}${this.#sent++}`, textAt(now), this.track.head));
  }

  beat(): void {
    if (this.#wire.heartbeat !== undefined) this.#socket?.send(this.#wire.heartbeat);
  }

  /** Closes without waiting for the server's answer. */
  close(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.terminate();
  }

  #take(data: Buffer, ready: () => void): void {
    const parsed = this.#reader.read(data, this.#log);
    if (parsed.news.length > 0) this.#arrived(parsed);
    if (parsed.errors.length > 0) this.#meter.errors.push(...parsed.errors);
    if (parsed.reply !== undefined) this.#socket?.send(parsed.reply);
    if (parsed.is_ready) ready();
    if (parsed.acks.length > 0) {
      this.#meter.acked += parsed.acks.length;
      this.onAcks?.(parsed.acks.length);
    }
  }

  #arrived({ news, rev }: Parsed): void {
    const now = nowUs();
    const meter = this.#meter;
    for (const { seq, id, sent_at_us } of news) {
      this.track.arrived(seq);
      // A sender's own echo is checked, but is no delivery to anybody else.
      if (!id.startsWith(this.#prefix)) meter.latency.add(now - sent_at_us);
    }
    meter.deliveries += news.length;
    meter.last_us = now;
    this.#rev = rev ?? this.#rev;
    this.#unacknowledged += news.length;
    const owed = this.#wire.acknowledge?.(this.#unacknowledged, this.#rev);
    if (owed !== undefined) {
      this.#unacknowledged = 0;
      this.#socket?.send(owed);
    }
    this.onNews?.(news.length);
  }
}
