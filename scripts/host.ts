import { type ChildProcess, spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { buildWeb, buildWorker } from "./build.ts";
import { LOCAL_ADMIN } from "./demo.ts";
import { readSecrets } from "./secrets.ts";
import { killGroup } from "./state-lock.ts";

/** A value that D1 and an object's SQL accept as a parameter. */
export type SqlValue = string | number | null;
/** One row as SQLite returns it. */
export type SqlRow = Record<string, SqlValue>;

/** What the serving process is told once. */
export interface ServeOptions {
  workerDir: string;
  webDir: string;
  stateDir: string;
  port: number;
  vars: Record<string, string>;
  canInspect: boolean;
}

/** What may be asked of the serving process afterwards. None of it is reachable over the network. */
export type HostCall =
  | { op: "query"; sql: string; params: SqlValue[] }
  | { op: "batch"; statements: { sql: string; params: SqlValue[] }[] }
  | { op: "storage"; className: string; name: string; sql: string; params: SqlValue[] }
  | { op: "evict"; className: string; name: string }
  | { op: "cron" };

/** What the serving process says. */
export type HostEvent =
  | { event: "ready"; url: string; migrations: string[] }
  | { event: "failed"; error: string }
  | { event: "restarted" }
  | { event: "answer"; id: number; value?: unknown; error?: string };

/** How to open a host; everything has a default but the place of the data. */
export interface HostOptions {
  /** Made if missing. One host per directory at a time: see StateLock. */
  stateDir: string;
  /** 0, the default, takes a free port. */
  port?: number;
  /** Variables over those of wrangler.toml; MODE is "local" unless said otherwise. */
  vars?: Record<string, string>;
  /** Lets `storage` read the objects' SQLite. Wraps every object, so not for measuring. */
  canInspect?: boolean;
  /** False serves the API alone, without building the web client. */
  hasClient?: boolean;
  /** Where the server's own output goes. */
  output?: "inherit" | ((text: string) => void);
}

/** The first start compiles nothing but may wait for a busy disk. */
const READY_TIMEOUT_MS = 45_000;
const STOP_TIMEOUT_MS = 5_000;

/**
 * A local Parley: workerd, hosted by Miniflare in a process group of its own, so that everything can be
 * ended, or killed, together. Events: `restarted` (the runtime died and serves again), `exit` (the whole
 * host is gone without having been asked).
 */
export class Host extends EventEmitter<{ restarted: []; exit: [] }> {
  readonly url: string;
  readonly stateDir: string;
  /** The server's MODE: "local", unless a test asked for another. */
  readonly mode: string;
  /** Names of the D1 migrations that this start applied. */
  readonly migrations: readonly string[];
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #nextId = 1;
  #isEnding = false;

  private constructor(child: ChildProcess, options: ServeOptions, ready: Extract<HostEvent, { event: "ready" }>) {
    super();
    this.#child = child;
    this.stateDir = options.stateDir;
    this.mode = options.vars.MODE ?? "production";
    this.url = ready.url;
    this.migrations = ready.migrations;
    child.on("message", (message: HostEvent) => {
      if (message.event === "restarted") this.emit("restarted");
      if (message.event === "answer") this.#settle(message);
    });
    child.once("exit", () => {
      // A guardian that was killed cannot have ended its runtime, which would keep the port.
      killGroup(this.pid);
      for (const { reject } of this.#pending.values()) reject(new Error("The server has ended."));
      this.#pending.clear();
      if (!this.#isEnding) this.emit("exit");
    });
  }

  /** Builds what is not built yet, starts the server and resolves when it answers and is migrated. */
  static async open(options: HostOptions): Promise<Host> {
    const stateDir = resolve(options.stateDir);
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    const hasClient = options.hasClient ?? true;
    const [worker, web] = await Promise.all([buildWorker(), hasClient ? buildWeb() : undefined]);
    const child = spawn(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "serve.ts")],
      {
        detached: true,
        stdio: ["ignore", "pipe", "pipe", "ipc"],
      },
    );
    const output = options.output ?? "inherit";
    child.stdout?.on("data", (chunk: Buffer) =>
      output === "inherit" ? process.stdout.write(chunk) : output(String(chunk)),
    );
    child.stderr?.on("data", (chunk: Buffer) =>
      output === "inherit" ? process.stderr.write(chunk) : output(String(chunk)),
    );
    const serveOptions: ServeOptions = {
      workerDir: worker.directory,
      webDir: web?.directory ?? join(worker.directory, "no-assets"),
      stateDir,
      port: options.port ?? 0,
      vars: { MODE: "local", ADMINS: LOCAL_ADMIN, ...readSecrets(stateDir), ...options.vars },
      canInspect: options.canInspect ?? false,
    };
    child.send(serveOptions);
    try {
      return new Host(child, serveOptions, await Host.#ready(child));
    } catch (error) {
      if (child.pid !== undefined) killGroup(child.pid);
      throw error;
    }
  }

  static async #ready(child: ChildProcess): Promise<Extract<HostEvent, { event: "ready" }>> {
    const signal = AbortSignal.timeout(READY_TIMEOUT_MS);
    const died = once(child, "exit", { signal }).then(() => {
      throw new Error("The server ended before it was ready.");
    });
    const [message] = (await Promise.race([once(child, "message", { signal }), died])) as [HostEvent];
    died.catch(() => {});
    if (message.event === "failed") throw new Error(message.error);
    if (message.event !== "ready") throw new Error(`The server said ${message.event} before it was ready.`);
    return message;
  }

  /** The leader of the server's process group. */
  get pid(): number {
    if (this.#child.pid === undefined) throw new Error("The server was never started.");
    return this.#child.pid;
  }

  /** Runs one statement on D1 and returns its rows. */
  async query(sql: string, ...params: SqlValue[]): Promise<SqlRow[]> {
    return (await this.#ask({ op: "query", sql, params })) as SqlRow[];
  }

  /** Runs statements on D1 in one transaction. */
  async batch(statements: { sql: string; params: SqlValue[] }[]): Promise<SqlRow[][]> {
    return (await this.#ask({ op: "batch", statements })) as SqlRow[][];
  }

  /** Runs SQL inside an object, waking it if it sleeps. Needs `canInspect`. */
  async storage(className: string, name: string, sql: string, ...params: SqlValue[]): Promise<SqlRow[]> {
    return (await this.#ask({ op: "storage", className, name, sql, params })) as SqlRow[];
  }

  /** Throws an object out of memory; its sockets hibernate, as on the platform. */
  async evict(className: string, name: string): Promise<void> {
    await this.#ask({ op: "evict", className, name });
  }

  /** Runs the scheduled handler, once for each cron expression. */
  async cron(): Promise<void> {
    await this.#ask({ op: "cron" });
  }

  /** Ends the server in order, and after a few seconds in any case. */
  async stop(): Promise<void> {
    if (this.hasEnded) return;
    this.#isEnding = true;
    const exited = once(this.#child, "exit");
    this.#child.send("stop", () => {});
    const timer = setTimeout(() => killGroup(this.pid), STOP_TIMEOUT_MS);
    await exited;
    clearTimeout(timer);
  }

  /** SIGKILL to the whole process group: nothing is flushed, nobody says goodbye. */
  async kill(): Promise<void> {
    if (this.hasEnded) return;
    this.#isEnding = true;
    const exited = once(this.#child, "exit");
    killGroup(this.pid);
    await exited;
  }

  /** True once the server process is gone, for whatever reason. */
  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  #ask(call: HostCall): Promise<unknown> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#child.send({ id, call }, (error) => {
        if (error !== null) this.#settle({ event: "answer", id, error: error.message });
      });
    });
  }

  #settle({ id, value, error }: Extract<HostEvent, { event: "answer" }>): void {
    const waiting = this.#pending.get(id);
    this.#pending.delete(id);
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(new Error(error));
  }
}
