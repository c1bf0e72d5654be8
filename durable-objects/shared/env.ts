import type { BumpJob, ChoreJob, ProjectionJob } from "../../src/protocol/job.ts";
import type { ChatObject } from "../chat/chat-object.ts";
import type { UserObject } from "../user/user-object.ts";

/** What objects reach. Deliberately neither D1 nor R2: those are the Worker's. */
export interface ObjectEnv {
  CHATS: DurableObjectNamespace<ChatObject>;
  USERS: DurableObjectNamespace<UserObject>;
  PROJECTIONS: Queue<ProjectionJob>;
  CHORES: Queue<ChoreJob>;
  BUMPS: Queue<BumpJob>;
  /** `local` on a laptop and in tests, `production` elsewhere. */
  MODE: string;
  /** Messages a person may send to one chat: per second in the long run, and at once. Numbers as text; see `limits.ts`. */
  SEND_PER_S?: string;
  SEND_BURST?: string;
  /** Windows of the chat object, in milliseconds as text: for tests, which should not wait for them. See `chat/timing.ts`. */
  RECEIPTS_MS?: string;
  TYPING_MS?: string;
  BUMP_EVERY_MS?: string;
  BUMP_ALARM_MS?: string;
}
