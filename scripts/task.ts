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
}

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
  const code = await new Promise<number>((resolve, reject) => {
    child.once("error", reject).once("close", (status) => resolve(status ?? 1));
  });
  return { code, output };
}
