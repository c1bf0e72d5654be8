import { createApp } from "./http/app.ts";
import type { Env } from "./http/env.ts";
import { consumeBumps } from "./jobs/bump-consumer.ts";
import { consumeChores } from "./jobs/chore-consumer.ts";
import { consumeProjections, logDeadJobs } from "./jobs/projection-consumer.ts";
import { runUpkeep } from "./jobs/upkeep.ts";

export { ChatObject } from "../durable-objects/chat/chat-object.ts";
export { GuardObject } from "../durable-objects/guard/guard-object.ts";
export { TallyObject } from "../durable-objects/tally/tally-object.ts";
export { UserObject } from "../durable-objects/user/user-object.ts";

const app = createApp();

/** The composition root: what the platform calls, and who answers. */
export default {
  fetch: (request, env, ctx) => app.fetch(request, env, ctx),
  queue: (batch, env) => {
    if (batch.queue.endsWith("-dead")) return logDeadJobs(batch);
    if (batch.queue === "parley-bumps") return consumeBumps(batch, env);
    return batch.queue === "parley-chores" ? consumeChores(batch, env) : consumeProjections(batch, env);
  },
  scheduled: (_event, env) => runUpkeep(env),
} satisfies ExportedHandler<Env>;
