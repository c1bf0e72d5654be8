import { spawn } from "node:child_process";
import { ROOT } from "./paths.ts";

/** What a task printed, and how it ended. */
export interface TaskResult {
  code: number;
  output: string;
}

/** How a task runs. */
export interface TaskOptions {
  env?: Record<string, string>;
  /** True passes the output on as it comes, instead of keeping it. */
  isLive?: boolean;
  /** Milliseconds after which it is ended, as failed, with what it had printed. Without it, it may take for ever. */
  limitMs?: number;
}

/** How a task is ended that took too long: asked first, so that it ends what it started. */
const GRACE_MS = 10_000;

/** Runs a Node program of the project, with the Node that runs this, and waits for its end. */
export async function runNode(args: readonly string[], options: TaskOptions = {}): Promise<TaskResult> {
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: {
      ...process.env,
      ...(process.stdout.isTTY ? {} : { NO_COLOR: "1", FORCE_COLOR: "0" }),
      ...options.env,
    },
    stdio: ["ignore", options.isLive ? "inherit" : "pipe", options.isLive ? "inherit" : "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      output += chunk;
    });
  }
  const { limitMs } = options;
  let limit: NodeJS.Timeout | undefined;
  const code = await new Promise<number>((resolve, reject) => {
    child.once("error", reject).once("close", (status) => resolve(status ?? 1));
    if (limitMs === undefined) return;
    limit = setTimeout(() => {
      output += `\nnot ended after ${Math.round(limitMs / 1000)} s; what it says above is all it had done\n`;
      child.kill("SIGTERM");
      limit = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
      // Not its closing: what it had started may live on and hold its output open.
      child.once("exit", () => resolve(1));
    }, limitMs);
  });
  clearTimeout(limit);
  return { code, output };
}
