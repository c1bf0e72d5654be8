import type { CountingCalls } from "../../durable-objects/guard/calls.ts";
import type { Fetcher as PageFetcher } from "../jobs/preview.ts";
import type { ChatBumpCalls, ChatPreviewCalls, ChatViewCalls, ProjectionJob } from "../protocol/job.ts";
import type { ChatCalls, UserCalls } from "../protocol/rpc.ts";

/** An object as the Worker sees it: its calls, and upgrades by `fetch`. */
export type Stub<Calls> = Calls & { fetch(request: Request): Promise<Response> };

/** A namespace of objects that promise `Calls`. Structural, so that the Worker depends on the contract and not on a class. */
export interface ObjectNamespace<Calls> {
  idFromName(name: string): DurableObjectId;
  get(id: DurableObjectId): Stub<Calls>;
}

/** Everything the Worker is given. */
export interface Env {
  DB: D1Database;
  CHATS: ObjectNamespace<ChatCalls & ChatPreviewCalls & ChatViewCalls & ChatBumpCalls>;
  USERS: ObjectNamespace<UserCalls>;
  GUARDS: ObjectNamespace<CountingCalls>;
  /** Reached through `TallyClient` alone: a request handed over would be obeyed. */
  TALLIES: DurableObjectNamespace;
  PROJECTIONS: Queue<ProjectionJob>;
  ASSETS: Fetcher;
  /** A way to public addresses alone, for link previews, where the platform is not there to see to it. */
  INTERNET?: { fetch: PageFetcher };
  /** 32 bytes, base64url: everything that is encrypted or signed at rest derives its key from it. */
  MASTER_KEY: string;
  /** `production`, or `local` under `npm start` and in tests. */
  MODE: string;
  /** Requests that one session may make a second, as text; see `request-brake.ts`. */
  HTTP_PER_S?: string;
  /** Usernames of the administrators, between commas. */
  ADMINS?: string;
}
