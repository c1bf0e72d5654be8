import { Projection } from "../db/projection.ts";
import { logError } from "../ops/metrics.ts";
import { objectName } from "../protocol/ids.ts";
import type { ProjectionJob } from "../protocol/job.ts";
import type { ChatCalls } from "../protocol/rpc.ts";

/** What the consumer needs of the Worker's environment. */
export interface ProjectionEnv {
  DB: D1Database;
  CHATS: {
    idFromName(name: string): DurableObjectId;
    get(id: DurableObjectId): Pick<ChatCalls, "confirmProjected">;
  };
}

const RETRY_S = 10;

/**
 * Stores what chats told of their members, then tells each chat which of its outbox rows arrived: only that removes
 * them. A job that fails is tried again alone; after ten times it goes to the dead-letter queue, and the chat, still
 * unconfirmed, sends another.
 */
export async function consumeProjections(batch: MessageBatch, env: ProjectionEnv): Promise<void> {
  const projection = new Projection(env.DB);
  for (const message of batch.messages) {
    try {
      if (!isProjectionJob(message.body)) throw new TypeError("not a projection job");
      const job = message.body;
      await projection.apply(job);
      const chat = env.CHATS.get(env.CHATS.idFromName(objectName("chat", job.chat_id)));
      await chat.confirmProjected(job.rows.map((row) => row.outbox_id));
      message.ack();
    } catch (error) {
      logError({ request_id: message.id, where: `queue ${batch.queue}, attempt ${message.attempts}`, error });
      message.retry({ delaySeconds: RETRY_S });
    }
  }
}

/** Says which jobs were given up. Nothing is lost by it: the truth and the debt are in the chat. */
export async function logDeadJobs(batch: MessageBatch): Promise<void> {
  for (const message of batch.messages) {
    const chatId = isProjectionJob(message.body) ? message.body.chat_id : "unknown";
    logError({ request_id: message.id, where: `queue ${batch.queue}`, error: `gave up a job of chat ${chatId}` });
    message.ack();
  }
}

/** Jobs come from our own objects, but perhaps from an older deploy. */
function isProjectionJob(body: unknown): body is ProjectionJob {
  if (typeof body !== "object" || body === null) return false;
  return (
    "kind" in body && body.kind === "membership" && "chat_id" in body && "rows" in body && Array.isArray(body.rows)
  );
}
