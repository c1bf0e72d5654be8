import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import { type BumpEnv, consumeBumps } from "../../src/jobs/bump-consumer.ts";

import { newUserId } from "../../src/protocol/ids.ts";
import { bumpOf, newGroup } from "../user/hub.ts";

const [AWAKE, ASLEEP, LOST, STRANGER] = [newUserId(), newUserId(), newUserId(), newUserId()];

/** A chat and hubs that exist only in the test. */
function world(answer: (userId: string) => { is_awake: boolean }, isChatThere = true) {
  const chat = newGroup();
  const reports: unknown[] = [];
  const told: string[] = [];
  const env = {
    CHATS: {
      idFromName: (name: string) => name,
      get: () => ({
        bumpsFor: async (_: number, userIds: readonly string[]) => {
          if (!isChatThere) throw new Error("unreachable");
          return Object.fromEntries(userIds.filter((id) => id !== STRANGER).map((id) => [id, bumpOf(chat, 3)]));
        },
        bumped: async (batchId: number, report: unknown) => void reports.push([batchId, report]),
      }),
    },
    USERS: {
      idFromName: (name: string) => name,
      get: (userId: string) => ({
        bump: async () => {
          told.push(userId);
          return answer(userId);
        },
      }),
    },
  } as unknown as BumpEnv;
  const job = (user_ids: string[]) => ({ kind: "bumps", chat_id: chat, batch_id: 7, user_ids });
  return { env, job, reports, told };
}

async function consume(env: BumpEnv, ...bodies: unknown[]) {
  const messages = bodies.map((body, i) => ({ id: `m${i}`, timestamp: new Date(), attempts: 1, body }));
  const batch = createMessageBatch("parley-bumps", messages);
  await consumeBumps(batch, env);
  return getQueueResult(batch, createExecutionContext());
}

describe("the consumer of bumps", () => {
  it("BMP6 brings them to the hubs and tells the chat what each has answered", async () => {
    vi.spyOn(console, "log").mockImplementation(() => undefined);
    const { env, job, reports, told } = world((userId) => {
      if (userId === LOST) throw new Error("unreachable");
      return { is_awake: userId === AWAKE };
    });
    const { explicitAcks } = await consume(env, job([AWAKE, ASLEEP, LOST, STRANGER]));
    expect(explicitAcks).toEqual(["m0"]);
    expect(told.sort()).toEqual([AWAKE, ASLEEP, LOST].sort());
    expect(reports).toEqual([[7, { awake: [AWAKE], asleep: [ASLEEP], failed: [LOST] }]]);
  });

  it("BMP6 tries again what its chat could not be asked for, and lets go of what it does not know", async () => {
    vi.spyOn(console, "log").mockImplementation(() => undefined);
    const { env, job, reports } = world(() => ({ is_awake: true }), false);
    const { explicitAcks, retryMessages } = await consume(env, job([AWAKE]), { kind: "other" }, "nonsense", null);
    expect(retryMessages.map(({ msgId }) => msgId)).toEqual(["m0"]);
    expect(explicitAcks.sort()).toEqual(["m1", "m2", "m3"]);
    expect(reports).toEqual([]);
  });
});
