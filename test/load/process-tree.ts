import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** Linux counts processor time in hundredths of a second. */
const TICK_MS = 10;
const KIB = 1_024;

/** What a server and everything it started have used. Read from /proc, so Linux only; zeros elsewhere. */
export interface Usage {
  /** Processor time since the start, in milliseconds. */
  cpu_ms: number;
  /** Resident memory, in bytes. */
  rss: number;
}

/** The fields of /proc/<pid>/stat after the name, which may itself hold spaces and brackets. */
function statOf(pid: string): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

/** A process and all its descendants. */
function treeOf(root: number): string[] {
  const children = new Map<string, string[]>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const parent = statOf(name)?.[1];
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), name]);
  }
  const tree = [String(root)];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

/** Usage of a process and its descendants, added up. */
export function usageOf(root: number): Usage {
  const usage: Usage = { cpu_ms: 0, rss: 0 };
  if (process.platform !== "linux") return usage;
  for (const pid of treeOf(root)) {
    const stat = statOf(pid);
    if (stat === undefined) continue;
    usage.cpu_ms += (Number(stat[11]) + Number(stat[12])) * TICK_MS;
    const resident = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    usage.rss += Number(resident ?? 0) * KIB;
  }
  return usage;
}

const CALM_STEP_MS = 250;
const CALM_SHARE = 0.04;
const CALM_LIMIT_MS = 15_000;

/** Waits until these processes are idle, so that what one server left behind is not measured on the next. */
export async function untilCalm(roots: readonly number[]): Promise<void> {
  const total = () => roots.reduce((sum, root) => sum + usageOf(root).cpu_ms, 0);
  const end = Date.now() + CALM_LIMIT_MS;
  let calm = 0;
  let before = total();
  while (calm < 2 && Date.now() < end) {
    await delay(CALM_STEP_MS);
    const now = total();
    calm = now - before <= CALM_STEP_MS * CALM_SHARE * roots.length ? calm + 1 : 0;
    before = now;
  }
}
