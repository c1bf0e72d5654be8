import { PROTOCOL_VERSION } from "../../protocol/version.ts";
import type { Handlers } from "../handler.ts";
import { checkHealth } from "../health.ts";

/** What is said of the service itself. */
export const META: Handlers<"health"> = {
  async health({ env }) {
    await checkHealth(env);
    return { status: "ok", time: new Date().toISOString(), version: PROTOCOL_VERSION };
  },
};
