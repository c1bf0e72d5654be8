import { startServer, type TestServer } from "../harness/server.ts";
import { Api, bearer } from "../proofs/api.ts";
import { mintPeople, type SignedIn } from "../proofs/people.ts";
import { type Peer, PeerServer } from "./peer-server.ts";
import type { Place, WireName } from "./wire.ts";

/** A server under load: Parley, or a peer. */
export interface Target {
  readonly name: string;
  readonly wire: WireName;
  /** Root of its process tree. */
  readonly pid: number;
  /** How long it has work to do after the last message; only then is it worth asking whether it is calm. */
  readonly afterwork_ms: number;
  /** Seats in rooms of that many members each; the same rooms again when asked again. */
  rooms(count: number, members: number): Promise<Place[]>;
  /** Address of the 50 messages before a number; undefined where nothing is kept to be read. */
  history(place: Place, before: number): string | undefined;
  stop(): Promise<void>;
}

/** Floor, PartyServer, `ws`, Socket.IO: a room is made by naming it. */
class PeerTarget implements Target {
  readonly name: Peer;
  readonly wire: WireName;
  readonly afterwork_ms = 0;
  readonly #server: PeerServer;
  #named = 0;

  constructor(name: Peer, server: PeerServer) {
    this.name = name;
    this.wire = name === "socket-io" ? "socket-io" : "plain";
    this.#server = server;
  }

  get pid(): number {
    return this.#server.pid;
  }

  async rooms(count: number, members: number): Promise<Place[]> {
    const sockets = this.#server.url.replace("http:", "ws:");
    return Array.from({ length: count }, () => `room-${++this.#named}`).flatMap((room) =>
      Array.from({ length: members }, () => ({
        url:
          this.name === "socket-io"
            ? `${sockets}/socket.io/?EIO=4&transport=websocket&room=${room}`
            : `${sockets}${this.#path(room)}`,
        headers: {},
        room,
        head_seq: 0,
      })),
    );
  }

  history({ room }: Place, before: number): string | undefined {
    if (this.name === "socket-io") return undefined;
    return `${this.#server.url}${this.#path(room)}?before=${before}`;
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }

  #path(room: string): string {
    return this.name === "party" ? `/parties/room/${room}` : `/rooms/${room}`;
  }
}

/** Limits that guard against people must not be what is measured. */
const VARS = { SEND_PER_S: "1000000", SEND_BURST: "1000000" };
/** People per request of the API. */
const PEOPLE = 200;
const MAKING = 8;

/** Parley as `npm start` serves it; people and their sessions come from the local key, groups from the public API. */
class ParleyTarget implements Target {
  readonly name = "Parley";
  readonly wire = "parley";
  /** The alarm that makes sure of bumps comes 8 s after the first of them. */
  readonly afterwork_ms = 9_000;
  readonly #server: TestServer;
  readonly #people: SignedIn[] = [];
  readonly #made = new Map<string, { chat_id: string; people: SignedIn[] }[]>();

  constructor(server: TestServer) {
    this.#server = server;
  }

  get pid(): number {
    return this.#server.pid;
  }

  async rooms(count: number, members: number): Promise<Place[]> {
    const chats = await this.#chats(count, members);
    const places: Place[] = [];
    for (const { chat_id, people } of chats) {
      const [founder] = people;
      if (founder === undefined) continue;
      const { head_seq, rev } = await new Api(this.#server.url, founder).history(chat_id, "limit=1");
      const epoch = await this.#epochOf(chat_id, founder);
      // As a device that was here before and comes back.
      const url = `${this.#server.socketUrl}/api/v1/chats/${chat_id}/connect?epoch=${epoch}&rev=${rev}`;
      places.push(...people.map((person) => ({ url, headers: bearer(person), room: chat_id, head_seq })));
    }
    return places;
  }

  history(place: Place, before: number): string {
    return `${this.#server.url}/api/v1/chats/${place.room}/messages?limit=50&before_id=${before}`;
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }

  async #chats(count: number, members: number): Promise<{ chat_id: string; people: SignedIn[] }[]> {
    const key = `${count} of ${members}`;
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const missing = count * members - this.#people.length;
    const from = this.#people.length;
    this.#people.push(
      ...(await mintPeople(
        this.#server,
        Array.from({ length: Math.max(0, missing) }, (_, i) => `load-${from + i}`),
      )),
    );
    const chats: { chat_id: string; people: SignedIn[] }[] = [];
    const numbers = Array.from({ length: count }, (_, i) => i);
    const work = async (): Promise<void> => {
      for (let i = numbers.shift(); i !== undefined; i = numbers.shift()) {
        chats.push(await this.#make(this.#people.slice(i * members, (i + 1) * members)));
      }
    };
    await Promise.all(Array.from({ length: MAKING }, work));
    this.#made.set(key, chats);
    return chats;
  }

  async #make(people: SignedIn[]): Promise<{ chat_id: string; people: SignedIn[] }> {
    const [founder, ...others] = people;
    if (founder === undefined) throw new Error("A chat needs people.");
    const api = new Api(this.#server.url, founder);
    const ids = others.map((person) => person.user_id);
    const isPair = people.length === 2;
    const { chat } = await api.createChat({
      chat_type: isPair ? "direct" : "group",
      ...(isPair ? {} : { chat_name: `Load of ${people.length}` }),
      participants: ids.slice(0, PEOPLE),
    });
    for (let i = PEOPLE; i < ids.length; i += PEOPLE) await api.addParticipants(chat.chat_id, ids.slice(i, i + PEOPLE));
    return { chat_id: chat.chat_id, people };
  }

  /** The epoch stands in the snapshot that a first attach is given. */
  async #epochOf(chatId: string, person: SignedIn): Promise<string> {
    const { WebSocket } = await import("ws");
    const socket = new WebSocket(`${this.#server.socketUrl}/api/v1/chats/${chatId}/connect`, [], {
      headers: bearer(person),
    });
    try {
      return await new Promise<string>((resolve, reject) => {
        socket.on("error", reject);
        socket.on("message", (data) => {
          const frame = JSON.parse(String(data)) as { type: string; epoch: string };
          if (frame.type === "SNAPSHOT") resolve(frame.epoch);
        });
      });
    } finally {
      socket.terminate();
    }
  }
}

/** Starts a fresh server. */
export async function startTarget(name: Peer | "Parley"): Promise<Target> {
  if (name === "Parley") return new ParleyTarget(await startServer({ vars: VARS }));
  return new PeerTarget(name, await PeerServer.start(name));
}
