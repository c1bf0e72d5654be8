import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { WebSocket } from "ws";
import { type Decoded, decodeUp, SUBPROTOCOL } from "../../src/protocol/codec.ts";
import { ERRORS, isErrorCode } from "../../src/protocol/error.ts";
import { newClientMsgId } from "../../src/protocol/ids.ts";
import { FRAME_CHARS } from "../../src/protocol/limits.ts";
import { UP } from "../../src/protocol/up.ts";
import { bearer } from "./api.ts";
import { type Json, mutateOnce, noise } from "./mutation.ts";
import type { SignedIn } from "./people.ts";
import type { SeededRandom } from "./seeded-random.ts";

/** A door that garbage is thrown at. */
export interface Door {
  name: string;
  url: string;
  place: "chat" | "hub";
}

/** What came of it. */
export interface GarbageTally {
  thrown: number;
  mutated: number;
  /** Refused by a typed error, or by a close with a known code. */
  refused: number;
  closed: number;
  /** Still valid after the change, by the schema, and so served. */
  served: number;
  /** client_msg_ids of frames that were valid and may therefore be stored. */
  valid_ids: Set<string>;
  wrong: string[];
}

export const newTally = (): GarbageTally => ({
  ...{ thrown: 0, mutated: 0, refused: 0, closed: 0, served: 0 },
  valid_ids: new Set(),
  wrong: [],
});

/** Share of what is thrown that is one change away from a valid frame. */
const MUTATED = 0.7;
const ANSWER_MS = 15_000;
/** Codes of RFC 6455 that a server may close with over what it was sent, and those of the protocol. */
const CLOSE_CODES = new Set<number>([1002, 1003, 1007, 1008, 1009]);
for (const row of Object.values(ERRORS)) if ("close" in row) CLOSE_CODES.add(row.close);

/** One valid frame of every kind that this place takes. */
export function validFrames(chatId: string, person: SignedIn, place: "chat" | "hub"): Json[] {
  const chat = { chat_id: chatId };
  const send = {
    type: "SEND_MESSAGE",
    ...chat,
    client_msg_id: newClientMsgId(),
    seen_seq: 1,
    content: { text: "valid" },
  };
  const all: Json[] = [
    send,
    { ...send, client_msg_id: newClientMsgId(), message_type: "text", reply_to_message_id: `${chatId}.1` },
    { type: "RETRY", original_message: { ...send, client_msg_id: newClientMsgId() } },
    {
      ...{ ...send, client_msg_id: newClientMsgId() },
      content: { text: "@all", mentions: [{ offset: 0, length: 4, everyone: "here" }] },
    },
    {
      ...{ ...send, client_msg_id: newClientMsgId(), message_type: "poll", expires_in_s: 60 },
      ...{ content: { question: "valid", options: ["a", "b"] }, thread_root_message_id: `${chatId}.2` },
    },
    {
      ...{ ...send, client_msg_id: newClientMsgId(), message_type: "location" },
      ...{ content: { latitude: 1, longitude: 2 } },
    },
    { ...send, client_msg_id: newClientMsgId(), message_type: "contact", content: { name: "valid" } },
    { type: "SET_VOTE", ...chat, message_id: `${chatId}.1`, command_id: newClientMsgId(), option_ids: [0, 1] },
    { type: "CLOSE_POLL", ...chat, message_id: `${chatId}.1`, command_id: newClientMsgId() },
    { type: "FOLLOW_THREAD", ...chat, message_id: `${chatId}.2`, command_id: newClientMsgId(), is_following: true },
    { type: "READ_THREAD", ...chat, message_id: `${chatId}.2`, seq: 2 },
    { type: "DELETE_MESSAGE", ...chat, message_id: `${chatId}.1` },
    {
      ...{ type: "EDIT_MESSAGE", ...chat, message_id: `${chatId}.1`, command_id: newClientMsgId() },
      ...{ message_rev: 1, content: { text: "valid" } },
    },
    {
      ...{ type: "SET_REACTION", ...chat, message_id: `${chatId}.1`, command_id: newClientMsgId() },
      ...{ emoji: "👍", is_set: true },
    },
    { type: "SET_PIN", ...chat, message_id: `${chatId}.1`, command_id: newClientMsgId(), is_pinned: true },
    {
      ...{ type: "FORWARD_MESSAGE", ...chat, client_msg_id: newClientMsgId() },
      ...{ seen_seq: 1, source_message_id: `${chatId}.1` },
    },
    {
      ...{ type: "SET_CHAT_STATE", ...chat, command_id: newClientMsgId() },
      ...{ muted_until: null, is_pinned: true, is_archived: false, is_marked_unread: true },
    },
    { type: "SAVE_DRAFT", ...chat, text: "valid", edited_at: "2026-01-01T00:00:00.000Z" },
    {
      ...{ type: "HIDE_MESSAGES", ...chat, command_id: newClientMsgId() },
      ...{ message_ids: [`${chatId}.1`], is_hidden: true },
    },
    { type: "MESSAGE_DELIVERED", ...chat, seq: 1 },
    { type: "MESSAGE_READ", ...chat, seq: 1 },
    { type: "MESSAGE_READ", ...chat, message_id: `${chatId}.1` },
    { type: "TYPING_START", ...chat },
    { type: "TYPING_STOP", ...chat },
    { type: "CATCH_UP", ...chat, epoch: "0", rev: 1 },
    { type: "ACKNOWLEDGE", ...chat, rev: 1 },
    { type: "ACKNOWLEDGE_INBOX", rev: 1 },
    { type: "CATCH_UP_INBOX", epoch: "0", rev: 1 },
    { type: "SUBSCRIBE_PRESENCE", subjects: [{ user_id: person.user_id, ...chat }] },
    { type: "PRESENCE_UPDATE", status: "online", activity: "none" },
    { type: "PING", timestamp: 1 },
  ];
  return all.filter((frame) => {
    const type = (frame as { type: keyof typeof UP }).type;
    return UP[type].place === "both" || UP[type].place === place;
  });
}

interface Answer {
  frames: { type?: string; code?: unknown; client_msg_id?: unknown }[];
  closedWith?: number;
}

/** A socket at a door; opened again whenever the server has had enough. */
class Thrower {
  readonly #door: Door;
  readonly #chatId: string;
  readonly #person: SignedIn;
  #socket: WebSocket | undefined;
  #answer: Answer = { frames: [] };
  #barriers = 0;

  constructor(door: Door, chatId: string, person: SignedIn) {
    this.#door = door;
    this.#chatId = chatId;
    this.#person = person;
  }

  async #open(): Promise<WebSocket> {
    const socket = new WebSocket(this.#door.url, [SUBPROTOCOL], {
      headers: bearer(this.#person),
      perMessageDeflate: false,
    });
    socket.on("message", (data: Buffer) => {
      const json = JSON.parse(data.toString()) as Answer["frames"][number] | Answer["frames"];
      this.#answer.frames.push(...(Array.isArray(json) ? json : [json]));
    });
    socket.on("error", () => {});
    socket.on("close", (code) => {
      if (socket !== this.#socket) return;
      this.#answer.closedWith = code;
      this.#socket = undefined;
    });
    await once(socket, "open", { signal: AbortSignal.timeout(ANSWER_MS) });
    this.#socket = socket;
    return socket;
  }

  /**
   * Throws one thing and returns everything that came before the answer to what was sent behind it, or before the
   * close. What is sent behind it goes all the way to the chat and is always refused: it claims to have seen the future.
   */
  async throw(data: string | Buffer): Promise<Answer> {
    const socket = this.#socket ?? (await this.#open());
    const barrier = `barrier-${++this.#barriers}`;
    this.#answer = { frames: [] };
    socket.send(data, { binary: typeof data !== "string" });
    socket.send(
      JSON.stringify({
        ...{ type: "SEND_MESSAGE", chat_id: this.#chatId, client_msg_id: barrier },
        ...{ seen_seq: 999_999_999_999_999, content: { text: "never stored" } },
      }),
    );
    const end = Date.now() + ANSWER_MS;
    const at = () => this.#answer.frames.findIndex((f) => f.type === "ERROR" && f.client_msg_id === barrier);
    while (at() === -1 && this.#answer.closedWith === undefined) {
      if (Date.now() > end) throw new Error(`${this.#door.name}: no answer to ${String(data).slice(0, 200)}`);
      await delay(1);
    }
    return at() === -1 ? this.#answer : { frames: this.#answer.frames.slice(0, at()) };
  }

  close(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.terminate();
  }
}

/** Errors that say nothing of the frame. */
const UNTOLD = new Set<string>(["internal", "rate_limited"]);

/** Reads what was thrown exactly as a server may: an array stands for its items, each for itself. */
function judged(data: string | Buffer): Decoded[] {
  return typeof data === "string" ? decodeUp(data, true) : decodeUp(new ArrayBuffer(0), true);
}

function isTyped(answer: Answer): boolean {
  if (answer.closedWith !== undefined) return CLOSE_CODES.has(answer.closedWith);
  return answer.frames.some((frame) => frame.type === "ERROR" && isErrorCode(frame.code) && !UNTOLD.has(frame.code));
}

/** Throws `count` frames at one door, one after the other. */
export async function throwFrames(
  door: Door,
  chatId: string,
  person: SignedIn,
  random: SeededRandom,
  count: number,
  tally: GarbageTally,
): Promise<void> {
  const thrower = new Thrower(door, chatId, person);
  for (let i = 0; i < count; i++) {
    const isMutated = random.isTrue(MUTATED);
    const valid = random.pick(validFrames(chatId, person, door.place));
    const data = isMutated ? mutateOnce(valid, random) : noise(random);
    const verdicts = judged(data);
    for (const verdict of verdicts) {
      if (verdict.ok && (verdict.frame.type === "SEND_MESSAGE" || verdict.frame.type === "FORWARD_MESSAGE"))
        tally.valid_ids.add(verdict.frame.client_msg_id);
      if (verdict.ok && verdict.frame.type === "RETRY")
        tally.valid_ids.add(verdict.frame.original_message.client_msg_id);
    }
    tally.thrown++;
    if (isMutated) tally.mutated++;
    const answer = await thrower.throw(data).catch((error: unknown) => String(error));
    const shown = `${door.name}: ${String(data).slice(0, 300)} → ${JSON.stringify(answer).slice(0, 300)}`;
    if (typeof answer === "string") {
      tally.wrong.push(shown);
      thrower.close();
      continue;
    }
    if (answer.closedWith !== undefined) tally.closed++;
    const isInvalid = verdicts.some((verdict) => !verdict.ok) || data.length > FRAME_CHARS;
    if (isInvalid) {
      tally.refused++;
      if (!isTyped(answer)) tally.wrong.push(shown);
    } else {
      tally.served++;
      if (answer.frames.some((frame) => frame.type === "ERROR" && frame.code === "internal")) tally.wrong.push(shown);
    }
  }
  thrower.close();
}

/** Throws `count` first frames at the door that takes the token in one. None of them opens it. */
export async function throwFirstFrames(
  url: string,
  person: SignedIn,
  random: SeededRandom,
  count: number,
  tally: GarbageTally,
): Promise<void> {
  const valid: Json[] = [
    { type: "CONNECT", token: person.access_token, user_id: person.user_id, device_id: person.device_id },
    { type: "auth", token: person.access_token },
  ];
  for (let i = 0; i < count; i++) {
    const isMutated = random.isTrue(MUTATED);
    const frame = random.pick(valid);
    const data = isMutated ? mutateOnce(frame, random) : noise(random);
    // What is still a whole token in a frame of the right kind opens the door rightly.
    if (data.includes(person.access_token)) continue;
    tally.thrown++;
    if (isMutated) tally.mutated++;
    const socket = new WebSocket(url, { perMessageDeflate: false });
    const told: string[] = [];
    socket.on("message", (message: Buffer) => told.push(message.toString()));
    socket.on("error", () => {});
    await once(socket, "open", { signal: AbortSignal.timeout(ANSWER_MS) });
    socket.send(data, { binary: typeof data !== "string" });
    const [code] = (await once(socket, "close", { signal: AbortSignal.timeout(ANSWER_MS) })) as [number];
    tally.closed++;
    tally.refused++;
    const isTold = told.every((text) => /"type":"(ERROR|error)"/.test(text));
    if (!CLOSE_CODES.has(code) || !isTold) {
      tally.wrong.push(`first frame: ${String(data).slice(0, 300)} → ${code} ${told.join(" ").slice(0, 300)}`);
    }
  }
}
