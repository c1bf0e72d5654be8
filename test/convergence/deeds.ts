import type { PollContent, SendableContent, SendableType } from "../../src/protocol/content.ts";
import type { SeededRandom } from "../proofs/seeded-random.ts";
import type { FuzzClient } from "./fuzz-client.ts";
import type { ServerClock } from "./server-clock.ts";

const KINDS = [
  "answer",
  "answer",
  "quote",
  "poll",
  "vote",
  "vote",
  "close",
  "follow",
  "look",
  "schedule",
  "reschedule",
  "cancel",
  "vanish",
  "place",
  "of queued",
  "of queued",
  "read",
] as const;

/** Seconds until a message disappears: some while the world lives, some at its end, some never. */
const LIVES = [5, 60, 31_536_000] as const;

/** What people do in a conversation beyond texts, edits, reactions and pins. Draws from numbers of its own. */
export class Deeds {
  readonly #random: SeededRandom;
  readonly #clock: ServerClock;
  #done = 0;

  constructor(random: SeededRandom, clock: ServerClock) {
    this.#random = random;
    this.#clock = clock;
  }

  /** One thing, by this device; says what, or nothing where there was nothing to do it to. */
  async one(client: FuzzClient): Promise<string | undefined> {
    if (!client.isMember) return undefined;
    const kind = this.#random.pick(KINDS);
    const word = `${kind} ${++this.#done}`;
    const shown = (client.screen?.messages ?? []).filter((m) => m.kind !== "notice" && m.kind !== "deleted");
    const inLog = shown.filter((m) => m.seq !== undefined && m.rev !== undefined);
    const some = inLog.length > 0 ? this.#random.pick(inLog) : undefined;
    const seq = some?.seq;
    const polls = shown.filter((m) => m.poll !== undefined);
    switch (kind) {
      case "answer":
        if (seq === undefined) return undefined;
        await client.compose(word, { thread_root_seq: seq });
        return `answers in the thread of ${seq}`;
      case "quote": {
        if (shown.length === 0) return undefined;
        const { client_msg_id, seq: number, key } = this.#random.pick(shown);
        const ref = number === undefined ? { reply_to_id: client_msg_id ?? key } : { reply_to_seq: number };
        await client.compose(word, ref);
        return `quotes ${number ?? key}`;
      }
      case "poll":
        await client.compose("", { body: { message_type: "poll", content: this.#poll(word) } });
        return "asks";
      case "vote":
      case "close": {
        if (polls.length === 0) return undefined;
        const { seq: number, client_msg_id = "", poll } = this.#random.pick(polls);
        const options = poll?.options.map((one) => one.option_id) ?? [];
        const option_ids = options.filter(() => this.#random.isTrue(0.4)).slice(0, poll?.is_multiple ? 9 : 1);
        const command =
          kind === "vote" ? ({ type: "SET_VOTE", option_ids } as const) : ({ type: "CLOSE_POLL" } as const);
        await client.command(command, number ?? client_msg_id);
        return `${kind} ${option_ids.join()} in ${number ?? client_msg_id}`;
      }
      case "follow":
        if (seq === undefined) return undefined;
        await client.command({ type: "FOLLOW_THREAD", is_following: this.#random.isTrue(0.5) }, seq);
        return `follows ${seq}, or not`;
      case "look":
        if (seq === undefined) return undefined;
        client.openThread(seq);
        await client.settle();
        return `opens the thread of ${seq}`;
      case "read":
        client.readThread();
        return "reads a thread";
      case "schedule":
        await client.schedule(word, this.#later());
        return "schedules";
      case "reschedule":
      case "cancel": {
        const waiting = [...client.scheduled.keys()];
        if (waiting.length === 0) return undefined;
        const id = this.#random.pick(waiting);
        if (kind === "cancel") await client.cancelScheduled(id);
        else await client.schedule(word, this.#later(), id);
        return `${kind}s ${id}`;
      }
      case "vanish":
        await client.compose(word, { expires_in_s: this.#random.pick(LIVES) });
        return "writes something that disappears";
      case "place": {
        const [message_type, content] = this.#random.pick(OTHERS);
        await client.compose("", { body: { message_type, content } });
        return `sends a ${message_type}`;
      }
      case "of queued": {
        const queued = shown.filter((m) => m.seq === undefined && m.client_msg_id !== undefined);
        if (queued.length === 0) return undefined;
        const { client_msg_id = "", kind: what } = this.#random.pick(queued);
        const deed = this.#random.pick(["edit", "react", "delete", "pin"] as const);
        if (deed === "edit" && what === "text")
          await client.command({ type: "EDIT_MESSAGE", message_rev: 0 }, client_msg_id, word);
        else if (deed === "delete") await client.deleteOwn(client_msg_id);
        else if (deed === "pin") await client.command({ type: "SET_PIN", is_pinned: true }, client_msg_id);
        else await client.command({ type: "SET_REACTION", emoji: "🎉", is_set: true }, client_msg_id);
        return `${deed} of ${client_msg_id}, which is queued`;
      }
    }
  }

  /** The server's clock goes on: what is due is done when somebody looks. */
  passes(): number {
    const ms = this.#random.pick([1_000, 6_000, 30_000] as const);
    this.#clock.advance(ms);
    return ms;
  }

  #later(): string {
    return new Date(this.#clock.now + this.#random.pick([3_000, 20_000, 90_000] as const)).toISOString();
  }

  #poll(question: string): PollContent {
    return {
      question,
      options: ["yes", "no", "perhaps"],
      ...(this.#random.isTrue(0.4) ? { is_multiple: true } : {}),
      ...(this.#random.isTrue(0.4) ? { is_anonymous: true } : {}),
    };
  }
}

const OTHERS: readonly (readonly [Exclude<SendableType, "text" | "poll">, SendableContent])[] = [
  ["location", { latitude: 47.5, longitude: 19, label: "Here" }],
  ["contact", { name: "Somebody" }],
];
