import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Who holds a state directory: the process that guards it, and the leader of the server's process group. */
interface Holder {
  pid: number;
  host_pid?: number;
}

/** True for the error that a file does not exist. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

/** True while a process (or, for a negative number, a process group) exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Kills a process and everything it started, at once. */
export function killGroup(pid: number): void {
  try {
    if (process.platform === "win32") execFileSync("taskkill", ["/pid", String(pid), "/T", "/F"], { stdio: "ignore" });
    else process.kill(-pid, "SIGKILL");
  } catch {
    // Already gone, which is what was wanted.
  }
}

/** True if the process group still holds a workerd that an earlier server left behind. */
function isLeftover(pid: number): boolean {
  if (process.platform === "win32" || !isAlive(-pid)) return false;
  const rows = execFileSync("ps", ["-A", "-o", "pgid=,command="], { encoding: "utf8" }).split("\n");
  return rows.some((row) => Number.parseInt(row, 10) === pid && row.includes("workerd"));
}

/**
 * One server per state directory: two would write the same databases. A holder that is gone is replaced,
 * and a runtime that a killed server left behind is ended, since it would keep the port and the files.
 */
export class StateLock {
  readonly #path: string;

  constructor(stateDir: string) {
    this.#path = join(stateDir, "lock.json");
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    const holder = this.#read();
    if (holder !== undefined && holder.pid !== process.pid && isAlive(holder.pid)) {
      throw new Error(`${stateDir} is in use by another Parley (process ${holder.pid}). Stop it, or set STATE_DIR.`);
    }
    if (holder?.host_pid !== undefined && isLeftover(holder.host_pid)) killGroup(holder.host_pid);
    this.#write({ pid: process.pid });
  }

  /** Remembers the server's process group, so that a later start can clean up after a hard kill. */
  hold(hostPid: number): void {
    this.#write({ pid: process.pid, host_pid: hostPid });
  }

  release(): void {
    if (this.#read()?.pid === process.pid) rmSync(this.#path, { force: true });
  }

  #read(): Holder | undefined {
    try {
      return JSON.parse(readFileSync(this.#path, "utf8")) as Holder;
    } catch {
      // Missing, or cut short by a kill: nobody can be told from it.
      return undefined;
    }
  }

  #write(holder: Holder): void {
    writeFileSync(this.#path, JSON.stringify(holder), { mode: 0o600 });
  }
}
