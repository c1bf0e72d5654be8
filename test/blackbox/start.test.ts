import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");

/** Far above what it takes; the deadlines that are promised are stated where they are tested. */
const GENEROUS_MS = 60_000;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** `npm start`, as its user runs it, with what it printed. */
class Started {
  readonly child: ChildProcess;
  readonly port: number;
  output = "";

  constructor(port: number, stateDir: string) {
    this.port = port;
    this.child = spawn("npm", ["start"], {
      cwd: ROOT,
      detached: true,
      env: { ...process.env, PORT: String(port), STATE_DIR: stateDir, SEED: "0", VITEST: "" },
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        this.output += chunk;
      });
    }
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async ready(): Promise<void> {
    await until(
      () => this.output.includes("Parley is ready"),
      () => this.output,
    );
  }

  /** Process ids of the runtimes under this start. */
  runtimes(): number[] {
    const rows = execFileSync("ps", ["-A", "-o", "pid=,ppid=,comm="], { encoding: "utf8" })
      .trim()
      .split("\n")
      .map((row) => row.trim().split(/\s+/));
    const descendants = new Set([String(this.child.pid)]);
    // Children are listed after their parents often, but not always: repeat until nothing is added.
    for (let size = 0; size !== descendants.size; ) {
      size = descendants.size;
      for (const [pid = "", parent = ""] of rows) if (descendants.has(parent)) descendants.add(pid);
    }
    return rows
      .filter(([pid = "", , name = ""]) => descendants.has(pid) && name.includes("workerd"))
      .map(([pid]) => Number(pid));
  }

  async answers(): Promise<boolean> {
    try {
      await fetch(`${this.url}/api/v1/health`, { signal: AbortSignal.timeout(1_000) });
      return true;
    } catch {
      return false;
    }
  }

  /** What the server said of its health, asked all the time until it said that it was ready. */
  async answersUntilReady(): Promise<number[]> {
    const answers: number[] = [];
    while (!this.hasEnded && !(this.output.includes("Parley is ready") && answers.length > 0)) {
      try {
        answers.push((await fetch(`${this.url}/api/v1/health`)).status);
      } catch {
        // Nobody listens yet.
      }
      await delay(10);
    }
    return answers;
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Signals the process group, as a terminal does, or npm alone, as a service manager may. */
  signal(signal: NodeJS.Signals, whom: "the group" | "npm alone" = "the group"): void {
    const { pid } = this.child;
    if (pid !== undefined && !this.hasEnded) process.kill(whom === "the group" ? -pid : pid, signal);
  }
}

async function until(
  isTrue: () => boolean | Promise<boolean>,
  explain: () => string = () => "",
  withinMs = GENEROUS_MS,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`Not within ${withinMs} ms. ${explain()}`);
    await delay(50);
  }
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

/** A request with headers that fetch does not let a caller set. */
async function status(url: string, headers: Record<string, string>): Promise<number> {
  const sent = request(url, { headers });
  sent.end();
  const [response] = await once(sent, "response");
  response.resume();
  return response.statusCode;
}

describe("npm start", () => {
  const started: Started[] = [];
  const directories: string[] = [];

  function stateDirectory(): string {
    const directory = mkdtempSync(join(tmpdir(), "parley-start-"));
    directories.push(directory);
    return directory;
  }

  async function start(stateDir = stateDirectory(), port?: number): Promise<Started> {
    const run = new Started(port ?? (await freePort()), stateDir);
    started.push(run);
    return run;
  }

  afterEach(async () => {
    for (const run of started.splice(0)) {
      run.signal("SIGTERM");
      if (!run.hasEnded) await once(run.child, "exit");
    }
    for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  });

  it("serves, says where and keeps secrets to itself; the runtime comes back when it is killed", async () => {
    const stateDir = stateDirectory();
    const run = await start(stateDir);
    const answers = run.answersUntilReady();
    await run.ready();
    // Whoever asks while it starts for the first time finds nobody, or finds it whole.
    expect(new Set(await answers)).toEqual(new Set([200]));
    expect(run.output).not.toContain("lacks tables");
    expect(run.output).toContain(run.url);
    expect(run.output).toContain(stateDir);
    expect(statSync(join(stateDir, "secrets.json")).mode & 0o777).toBe(0o600);
    expect(existsSync(join(stateDir, "seed.json"))).toBe(false);

    const [runtime] = run.runtimes();
    if (runtime === undefined) throw new Error("no runtime found");
    process.kill(runtime, "SIGKILL");
    await until(() => isGone(runtime));
    await until(
      () => run.answers(),
      () => run.output,
      5_000,
    );
  });

  it("offers no administration to anybody", async () => {
    const run = await start();
    await run.ready();
    expect(await status(`${run.url}/api/v1/health`, { Host: "elsewhere.example" })).toBe(403);
    expect(await status(`${run.url}/api/v1/health`, { Host: `localhost:${run.port}` })).toBe(200);
    expect((await fetch(run.url)).headers.get("strict-transport-security")).toContain("max-age=");
    const proxy = `${run.url}/cdn-cgi/local/platform-proxy`;
    for (const path of ["explorer", "explorer/api", "scheduled", "email"]) {
      const url = `${run.url}/cdn-cgi/local/${path}`;
      expect(await status(url, { Origin: "https://elsewhere.example" }), path).toBe(403);
      expect(await status(url, { Host: "elsewhere.example" }), path).toBe(403);
      const own = await fetch(url);
      // Nothing lies there: the client's page answers, or nobody.
      expect(own.status === 404 || own.headers.get("content-type")?.startsWith("text/html"), path).toBe(true);
    }
    expect(await status(proxy, { Origin: "https://elsewhere.example", "MF-Op": "GET" })).toBe(403);
    expect(await status(proxy, { "MF-Op": "GET" })).toBeGreaterThanOrEqual(400);
  });

  it.each([
    ["SIGINT", "the group"],
    ["SIGINT", "npm alone"],
    ["SIGTERM", "the group"],
    ["SIGTERM", "npm alone"],
    ["SIGKILL", "npm alone"],
  ] as const)("%s to %s ends everything it started", async (signal, whom) => {
    const run = await start();
    await run.ready();
    const runtimes = run.runtimes();
    expect(runtimes.length).toBe(1);
    run.signal(signal, whom);
    await once(run.child, "exit");
    await until(() => runtimes.every(isGone));
    await until(async () => !(await run.answers()));
  });

  it("leaves no runtime behind when its whole group is killed, and starts again on the same data", async () => {
    const stateDir = stateDirectory();
    const run = await start(stateDir);
    await run.ready();
    const secrets = readFileSync(join(stateDir, "secrets.json"), "utf8");
    const runtimes = run.runtimes();
    run.signal("SIGKILL");
    await until(() => runtimes.every(isGone));
    const again = await start(stateDir, run.port);
    await again.ready();
    expect(readFileSync(join(stateDir, "secrets.json"), "utf8")).toBe(secrets);
  });

  it("says clearly that the port, or the state directory, is taken", async () => {
    const stateDir = stateDirectory();
    const first = await start(stateDir);
    await first.ready();
    const samePort = await start(undefined, first.port);
    await once(samePort.child, "exit");
    expect(samePort.child.exitCode).not.toBe(0);
    expect(samePort.output).toContain(`Port ${first.port} is taken`);
    const sameState = await start(stateDir);
    await once(sameState.child, "exit");
    expect(sameState.child.exitCode).not.toBe(0);
    expect(sameState.output).toContain("is in use by another Parley");
    expect(await first.answers()).toBe(true);
  });
});
