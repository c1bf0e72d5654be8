import { createHash } from "node:crypto";
import { asFault, Fault, rowOf } from "../../src/domain/fault.ts";
import { logError } from "../../src/ops/metrics.ts";
import type { SendableContent, SendableType } from "../../src/protocol/content.ts";
import { directChatId, messageId, objectName } from "../../src/protocol/ids.ts";
import type { Draft } from "../../src/protocol/message.ts";
import { within } from "../shared/deadline.ts";
import type { ObjectEnv } from "../shared/env.ts";
import { BUMPS_AT_ONCE, HUB_CALL_MS, RETRY_MAX_MS, RETRY_MS } from "../shared/limits.ts";
import { countDispatches, dispatches, putDispatch, recipient } from "./broadcast-store.ts";
import type { Room } from "./room.ts";
import type { MessageRow } from "./rows.ts";

/**
 * Copies wait this long before each dozen (ms). The first so that the reply leaves before them, the others so that what
 * the list is asked meanwhile is not held up by them: on a laptop all objects share one thread.
 */
const PAUSE_MS = 20;

/** A copy that could not be brought for so long is given up: it must not hold up the list for ever. */
const GIVE_UP_MS = 7 * 86_400_000;

/** What the copies need of the object whose messages they are. */
export interface DispatchHost {
  room(): Room | undefined;
  now(): number;
  armAlarm(at: number, forDebt: boolean): void;
  inBackground(work: Promise<unknown>): void;
}

/**
 * Brings the messages of a broadcast list into the direct chats of its owner with each recipient (SPEC BRD2), after the
 * reply: a dozen at a time, in the order of the log for each of them. Who has no copy yet is in the database, so that a
 * crash costs a repeat, and a repeat is known in the direct chat by its id, which is made of the list's message.
 */
export class Dispatch {
  readonly #env: ObjectEnv;
  readonly #host: DispatchHost;
  #isWorking = false;
  #failures = 0;

  constructor(env: ObjectEnv, host: DispatchHost) {
    this.#env = env;
    this.#host = host;
  }

  /** Sees to what is owed, now. Called in the turn that wrote it: the alarm makes sure of it if this life ends. */
  pump(): void {
    const room = this.#host.room();
    if (!room || countDispatches(room.store.db) === 0) return;
    this.#host.armAlarm(this.#host.now() + RETRY_MS, false);
    if (this.#isWorking) return;
    this.#isWorking = true;
    this.#host.inBackground(
      this.#work()
        .catch((error: unknown) => logError({ where: "chat, copies of a list", error }))
        .finally(() => {
          this.#isWorking = false;
        }),
    );
  }

  async #work(): Promise<void> {
    for (;;) {
      const room = this.#host.room();
      const owed = room ? dispatches(room.store.db) : [];
      if (!room || owed.length === 0) return;
      // What comes later waits behind what could not be brought: nobody gets the second before the first.
      const held = new Set<string>();
      for (const { seq, missing } of owed) await this.#bring(seq, missing, held);
      if (held.size === 0) {
        this.#failures = 0;
        continue;
      }
      const pause = Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** this.#failures++);
      this.#host.armAlarm(this.#host.now() + pause, false);
      return;
    }
  }

  async #bring(seq: number, missing: readonly string[], held: Set<string>): Promise<void> {
    let left = missing;
    const ready = missing.filter((userId) => !held.has(userId));
    while (ready.length > 0) {
      const some = ready.splice(0, BUMPS_AT_ONCE);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      const done = await Promise.all(some.map((userId) => this.#copyTo(seq, userId)));
      const brought = new Set(some.filter((_, i) => done[i]));
      for (const userId of some) if (!brought.has(userId)) held.add(userId);
      left = left.filter((userId) => !brought.has(userId));
      const room = this.#host.room();
      if (brought.size > 0 && room) putDispatch(room.store.db, seq, left);
    }
  }

  /** True once the direct chat has it, or will never take it: who has blocked or left may not be written to by a list either. */
  async #copyTo(seq: number, userId: string): Promise<boolean> {
    const room = this.#host.room();
    const row = room?.store.message(seq);
    // Deleted or over before it was brought, or never written: nothing to bring.
    if (!room || !row || row.content === null) return true;
    try {
      await this.#send(room, row, userId);
      return true;
    } catch (error) {
      const fault = asFault(error);
      if (fault && rowOf(fault).retry === "never") return true;
      const isOver = this.#host.now() - row.created_at > GIVE_UP_MS;
      const where = isOver ? "chat, a copy of a list's message is given up" : "chat, a copy of a list's message";
      logError({ where, error, level: isOver ? "error" : "warning" });
      return isOver;
    }
  }

  async #send(room: Room, row: MessageRow, userId: string): Promise<void> {
    const owner = row.sender_id;
    const chatId = await directChatId(owner, userId);
    const direct = this.#env.CHATS.get(this.#env.CHATS.idFromName(objectName("chat", chatId)));
    const source = messageId(room.chat.chat_id, row.seq);
    const id = copyIdOf(source, chatId);
    // Without `seen_seq`: known for ever by its id, whatever this object remembers.
    const bring = (): Promise<unknown> =>
      row.forwarded === null
        ? direct.send(owner, draftOf(row, id))
        : direct.forward(owner, { client_msg_id: id, source_message_id: source });
    try {
      await within(bring(), HUB_CALL_MS);
    } catch (error) {
      if (asFault(error)?.code !== "not_found") throw error;
      // A block knows the chats that are there: one that is made now must be told.
      const hub = this.#env.USERS.get(this.#env.USERS.idFromName(objectName("user", userId)));
      const blocks = [await within(hub.blockOf(owner), HUB_CALL_MS)];
      await within(direct.create({ ...this.#directWith(room, chatId, owner, userId), blocks }), HUB_CALL_MS);
      await within(bring(), HUB_CALL_MS);
    }
  }

  #directWith(room: Room, chatId: string, owner: string, userId: string) {
    const people = [room.member(owner), recipient(room.store.db, userId)].flatMap((one) =>
      one ? [{ user_id: one.user_id, username: one.username, display_name: one.display_name }] : [],
    );
    if (people.length < 2) throw new Fault("not_found");
    const chat = { chat_id: chatId, chat_type: "direct" as const, name: "", description: "" };
    return { ...chat, created_by: owner, people };
  }
}

/**
 * What a copy is known by: always the same, and its reader learns nothing from it of the list or of its other recipients,
 * who are shown an id, too.
 */
const copyIdOf = (source: string, directId: string): string =>
  createHash("sha256").update(`${source} ${directId}`).digest("base64url");

/** What was written to the list, as its owner would write it to one person: it answers nothing there. */
function draftOf(row: MessageRow, id: string): Draft {
  const seconds = row.expires_at === null ? undefined : Math.round((row.expires_at - row.created_at) / 1_000);
  return {
    client_msg_id: id,
    // Written by `send` alone, from a draft that the schema has checked.
    message_type: row.message_type as SendableType,
    content: JSON.parse(row.content ?? "null") as SendableContent,
    ...(seconds === undefined ? {} : { expires_in_s: seconds }),
  };
}
