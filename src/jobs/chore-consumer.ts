import { TallyClient } from "../../durable-objects/tally/tally-client.ts";
import { logError } from "../ops/metrics.ts";
import type { LinkPreview } from "../protocol/content.ts";
import { objectName } from "../protocol/ids.ts";
import type { ChatPreviewCalls, ChoreJob } from "../protocol/job.ts";
import { type Fetcher, fetchPreview } from "./preview.ts";

/** What the consumer needs of the Worker's environment. */
export interface ChoreEnv {
  CHATS: { idFromName(name: string): DurableObjectId; get(id: DurableObjectId): Pick<ChatPreviewCalls, "putPreview"> };
  TALLIES: DurableObjectNamespace;
  MODE: string;
  /** A way out that reaches public addresses alone, whatever names resolve to; local hosts bind one (see `scripts/serve.ts`). */
  INTERNET?: { fetch: Fetcher };
}

/** The same page is not fetched again for so long, nor one that could not be read: a link is often sent to many chats. */
const KEPT_MS = 3_600_000;
const KEPT = 500;
const kept = new Map<string, { preview: LinkPreview | undefined; at: number }>();

/** Tried again so long after, when the chat could not be told. */
const RETRY_S = 10;

/** How pages are reached; undefined where nothing would keep a name from leading into the machine's own network. */
function fetcherOf(env: ChoreEnv): Fetcher | undefined {
  const { INTERNET } = env;
  if (INTERNET) return (url, init) => INTERNET.fetch(url, init);
  // On the platform a Worker reaches the public internet and nothing else.
  return env.MODE === "production" ? (url, init) => fetch(url, init) : undefined;
}

/**
 * Does what is as good lost: fetches what linked pages say of themselves and tells the chats, and counts stickers. A page
 * that cannot be read is no failure: its message stays without a card. Only an object that could not be told is tried again.
 */
export async function consumeChores(
  batch: MessageBatch,
  env: ChoreEnv,
  fetcher: Fetcher | undefined = fetcherOf(env),
): Promise<void> {
  await Promise.all(
    batch.messages.map(async (message) => {
      try {
        if (isChore(message.body)) await serve(message.body, env, fetcher);
        message.ack();
      } catch (error) {
        logError({ request_id: message.id, where: `queue ${batch.queue}, attempt ${message.attempts}`, error });
        message.retry({ delaySeconds: RETRY_S });
      }
    }),
  );
}

async function serve(job: ChoreJob, env: ChoreEnv, fetcher: Fetcher | undefined): Promise<void> {
  if (job.kind === "stickers") return new TallyClient(env.TALLIES).addStickers(job.sent);
  const preview = fetcher && (await previewOf(job.url, fetcher));
  if (!preview) return;
  const chat = env.CHATS.get(env.CHATS.idFromName(objectName("chat", job.chat_id)));
  await chat.putPreview(job.seq, preview);
}

async function previewOf(url: string, fetcher: Fetcher): Promise<LinkPreview | undefined> {
  const now = Date.now();
  const known = kept.get(url);
  if (known && known.at <= now && now - known.at < KEPT_MS) return known.preview;
  const preview = await fetchPreview(url, fetcher);
  kept.delete(url);
  kept.set(url, { preview, at: now });
  for (const oldest of kept.keys()) {
    if (kept.size <= KEPT) break;
    kept.delete(oldest);
  }
  return preview;
}

/** Jobs come from our own objects, but perhaps from an older deploy. */
const isChore = (body: unknown): body is ChoreJob =>
  typeof body === "object" &&
  body !== null &&
  "kind" in body &&
  ((body.kind === "preview" && "url" in body && "seq" in body) || (body.kind === "stickers" && "sent" in body));
