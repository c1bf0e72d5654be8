import { logError } from "../ops/metrics.ts";
import { objectName } from "../protocol/ids.ts";
import type { BumpJob, BumpReport, ChatBumpCalls } from "../protocol/job.ts";
import type { Bump, UserCalls } from "../protocol/rpc.ts";

/** What the consumer needs of the Worker's environment. */
export interface BumpEnv {
  CHATS: { idFromName(name: string): DurableObjectId; get(id: DurableObjectId): ChatBumpCalls };
  USERS: { idFromName(name: string): DurableObjectId; get(id: DurableObjectId): Pick<UserCalls, "bump"> };
}

/** Hubs called at a time for one chat. */
const HUBS_AT_ONCE = 6;
const RETRY_S = 5;

/**
 * Tells the hubs of a large chat's members that it has news: asks the chat for their bumps as they are now, brings them,
 * and tells the chat what came of it. What goes wrong is not lost: the chat owes it until it was told.
 */
export async function consumeBumps(batch: MessageBatch, env: BumpEnv): Promise<void> {
  await Promise.all(
    batch.messages.map(async (message) => {
      try {
        if (isBumpJob(message.body)) await serve(message.body, env);
        message.ack();
      } catch (error) {
        logError({ request_id: message.id, where: `queue ${batch.queue}, attempt ${message.attempts}`, error });
        message.retry({ delaySeconds: RETRY_S });
      }
    }),
  );
}

async function serve(job: BumpJob, env: BumpEnv): Promise<void> {
  const chat = env.CHATS.get(env.CHATS.idFromName(objectName("chat", job.chat_id)));
  const bumps = Object.entries(await chat.bumpsFor(job.batch_id, job.user_ids));
  const report: BumpReport = { awake: [], asleep: [], failed: [] };
  const work = async (): Promise<void> => {
    for (let next = bumps.pop(); next; next = bumps.pop()) {
      const [userId, bump] = next;
      report[await tell(env, userId, bump)].push(userId);
    }
  };
  await Promise.all(Array.from({ length: HUBS_AT_ONCE }, work));
  await chat.bumped(job.batch_id, report);
}

async function tell(env: BumpEnv, userId: string, bump: Bump): Promise<keyof BumpReport> {
  try {
    const hub = env.USERS.get(env.USERS.idFromName(objectName("user", userId)));
    return (await hub.bump(bump)).is_awake ? "awake" : "asleep";
  } catch (error) {
    logError({ where: "queue, a bump", error, level: "warning" });
    return "failed";
  }
}

/** Jobs come from our own objects, but perhaps from an older deploy. */
const isBumpJob = (body: unknown): body is BumpJob =>
  typeof body === "object" &&
  body !== null &&
  "kind" in body &&
  body.kind === "bumps" &&
  "chat_id" in body &&
  "batch_id" in body &&
  "user_ids" in body &&
  Array.isArray(body.user_ids);
