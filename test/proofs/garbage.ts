import type { TestServer } from "../harness/server.ts";
import { Api } from "./api.ts";
import { bodiesMissing, throwBodies, validBodies } from "./garbage-bodies.ts";
import { type Door, type GarbageTally, newTally, throwFirstFrames, throwFrames } from "./garbage-frames.ts";
import { mintPeople } from "./people.ts";
import { SeededRandom } from "./seeded-random.ts";

/**
 * Throws garbage at sockets and routes: at least half of it one change away from something valid. Each is answered by
 * a typed error or a close, the server logs nothing it did not catch, and nothing invalid leaves a trace.
 */

export interface GarbageOptions {
  seed: number;
  frames: number;
  bodies: number;
}

/** Limits lifted, so that every frame is looked at and none is only told to come later. */
export const GARBAGE_VARS = { SEND_PER_S: "100000", SEND_BURST: "100000" };

/** Socket throwers at a time; each waits for its answers. */
const THROWERS = 8;
/** One in so many frames is thrown as a first frame besides. */
const FIRST_FRAMES_SHARE = 10;
/** Lines a server may log over what it is sent. Everything else it did not expect. */
const UNCAUGHT = /uncaught|unhandled|exception|stack|\bat .+:\d+:\d+|internal/i;

export async function proveGarbage(server: TestServer, options: GarbageOptions): Promise<GarbageTally> {
  const tally = newTally();
  const [owner, ...throwers] = await mintPeople(server, [
    `owner-${options.seed}`,
    ...Array.from({ length: THROWERS }, (_, i) => `thrower-${options.seed}-${i}`),
  ]);
  if (owner === undefined) throw new Error("Nobody came.");
  const api = new Api(server.url, owner);
  const view = await api.createChat({
    chat_type: "group",
    chat_name: "Garbage",
    participants: throwers.map((person) => person.user_id),
  });
  const chatId = view.chat.chat_id;
  // Theirs to delete and to read, so that valid frames about it exist.
  await api.send(chatId, { content: "a message that garbage may speak of", client_msg_id: "first" });
  const before = await api.getChat(chatId);
  tally.wrong.push(...bodiesMissing(validBodies(owner, chatId)).map((name) => `no valid body for ${name}`));

  const doors: Door[] = [
    { name: "chat socket", place: "chat", url: `${server.socketUrl}/api/v1/chats/${chatId}/connect` },
    { name: "hub socket", place: "hub", url: `${server.socketUrl}/api/v1/ws` },
  ];
  await Promise.all(
    throwers.flatMap((person, index) => {
      const random = new SeededRandom(options.seed * 100 + index);
      const door = doors[index % doors.length];
      if (door === undefined) return [];
      return [
        throwFrames(door, chatId, person, random, Math.ceil(options.frames / THROWERS), tally),
        throwBodies(server.url, chatId, person, random, Math.ceil(options.bodies / THROWERS), tally),
        throwFirstFrames(
          ...([`${server.socketUrl}/api/v1/ws`, person, random] as const),
          Math.ceil(options.frames / THROWERS / FIRST_FRAMES_SHARE),
          tally,
        ),
      ];
    }),
  );

  // Nothing stored by the invalid ones: every message has an id that a valid frame had, members and name are as before.
  const history = await api.wholeHistory(chatId);
  for (const { client_msg_id, message_type } of history) {
    if (message_type === "system" || client_msg_id === "first") continue;
    // HTTP mints an id for a body without one; everything else must have been valid.
    if (client_msg_id !== undefined && !tally.valid_ids.has(client_msg_id) && !/^[0-9a-f-]{36}$/.test(client_msg_id)) {
      tally.wrong.push(`stored although nobody sent a valid one: ${client_msg_id}`);
    }
  }
  const after = await api.getChat(chatId);
  const facts = ({ chat, members }: typeof before) =>
    JSON.stringify([chat.name, chat.settings, members.map(({ user_id, role }) => [user_id, role]).sort()]);
  if (facts(before) !== facts(after)) tally.wrong.push("the chat or its members were changed");
  const log = server.output.split("\n").filter((line) => UNCAUGHT.test(line));
  tally.wrong.push(...log.slice(0, 10).map((line) => `logged: ${line.slice(0, 300)}`));
  return tally;
}

export function describeGarbage(tally: GarbageTally): string {
  return [
    `${tally.thrown} frames and bodies, ${tally.mutated} one change away from a valid one`,
    `  refused ${tally.refused}, closed ${tally.closed}, valid after all and served ${tally.served}`,
    ...tally.wrong.slice(0, 20).map((line) => `  WRONG ${line}`),
  ].join("\n");
}
