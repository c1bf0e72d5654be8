import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Host, type SqlRow, type SqlValue } from "../../scripts/host.ts";
import { type LocalSecrets, readSecrets } from "../../scripts/secrets.ts";

/** How to start a server for a test. */
export interface ServerOptions {
  /** Over those of wrangler.toml and over MODE=local. */
  vars?: Record<string, string>;
  /** Kept when the server stops. Without one the data lies in a temporary directory and goes with the server. */
  stateDir?: string;
  /** 0, the default, takes a free port; a restart takes the same again. */
  port?: number;
  /** True builds and serves the web client too; a test of the API does not depend on it. */
  hasClient?: boolean;
  /** Lets `storage` read the objects' SQLite; wraps every object, so not for measuring. */
  canInspect?: boolean;
}

/** D1 as a test or load tool sees it: straight to the database, past every route. */
export interface TestDatabase {
  query(sql: string, ...params: SqlValue[]): Promise<SqlRow[]>;
  batch(statements: { sql: string; params: SqlValue[] }[]): Promise<SqlRow[][]>;
}

/**
 * A real server over TCP, the same host that `npm start` runs, in a process group of its own. It is not
 * restarted when it dies: that is what `restart` is for, and what a kill test wants to decide itself.
 */
export class TestServer {
  readonly #options: ServerOptions;
  readonly #isTemporary: boolean;
  readonly stateDir: string;
  #host: Host | undefined;
  #url = "";
  #output = "";

  private constructor(options: ServerOptions, stateDir: string) {
    this.#options = options;
    this.#isTemporary = options.stateDir === undefined;
    this.stateDir = stateDir;
  }

  static async start(options: ServerOptions = {}): Promise<TestServer> {
    const stateDir = options.stateDir ?? (await mkdtemp(join(tmpdir(), "parley-test-")));
    const server = new TestServer(options, stateDir);
    await server.#open(options.port ?? 0);
    return server;
  }

  /** `http://127.0.0.1:<port>`; the same for the whole life of the server, across restarts. */
  get url(): string {
    return this.#url;
  }

  /** The same for sockets: `ws://127.0.0.1:<port>`. */
  get socketUrl(): string {
    return this.#url.replace("http:", "ws:");
  }

  /** What the server has printed so far: a test that expects no uncaught error looks here. */
  get output(): string {
    return this.#output;
  }

  /** The leader of the server's process group. */
  get pid(): number {
    return this.#running.pid;
  }

  /** The secrets that this server runs with, for tools that mint sessions. */
  get secrets(): LocalSecrets {
    return readSecrets(this.stateDir);
  }

  getD1(): TestDatabase {
    return {
      query: (sql, ...params) => this.#running.query(sql, ...params),
      batch: (statements) => this.#running.batch(statements),
    };
  }

  /** Runs SQL inside an object. Needs `canInspect`. */
  storage(className: string, name: string, sql: string, ...params: SqlValue[]): Promise<SqlRow[]> {
    return this.#running.storage(className, name, sql, ...params);
  }

  /** Throws an object out of memory. */
  evict(className: string, name: string): Promise<void> {
    return this.#running.evict(className, name);
  }

  /** Runs the scheduled handler. */
  cron(): Promise<void> {
    return this.#running.cron();
  }

  /** SIGKILL to the whole process group. The data stays; `restart` serves it again on the same port. */
  async kill(): Promise<void> {
    await this.#running.kill();
  }

  /** Ends the server if it runs, and starts it again on the same data and port. */
  async restart(): Promise<void> {
    await this.#running.stop();
    await this.#open(Number(new URL(this.#url).port));
  }

  /** Ends the server, and removes its data if they were temporary. */
  async stop(): Promise<void> {
    await this.#host?.stop();
    if (this.#isTemporary) await rm(this.stateDir, { recursive: true, force: true, maxRetries: 3 });
  }

  get #running(): Host {
    if (this.#host === undefined) throw new Error("The server was never started.");
    return this.#host;
  }

  async #open(port: number): Promise<void> {
    this.#host = await Host.open({
      stateDir: this.stateDir,
      port,
      vars: this.#options.vars ?? {},
      hasClient: this.#options.hasClient ?? false,
      canInspect: this.#options.canInspect ?? false,
      output: (text) => {
        this.#output += text;
      },
    });
    this.#url = this.#host.url;
  }
}

/** Starts a server; see {@link TestServer}. Always stop it, also when the test fails. */
export function startServer(options: ServerOptions = {}): Promise<TestServer> {
  return TestServer.start(options);
}
