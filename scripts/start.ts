import { createServer } from "node:net";
import { resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { DEMO_PASSWORD, DEMO_PEOPLE } from "./demo.ts";
import { Host } from "./host.ts";
import { STATE_DIR } from "./paths.ts";
import { seedStore } from "./seed.ts";
import { isAlive, StateLock } from "./state-lock.ts";

/** `npm start`: a whole Parley on this machine. PORT, STATE_DIR and SEED=0 are honoured. */

const DEFAULT_PORT = 8787;
const HEALTH_INTERVAL_MS = 1_000;
const HEALTH_TIMEOUT_MS = 10_000;
/** Two refused connections in a row (Miniflare had its time to restart the runtime), or three times silence. */
const STRIKES = 6;
const RESTART_PAUSE_MS = 250;
const PARENT_INTERVAL_MS = 1_000;

function portFrom(value: string | undefined): number {
  if (value === undefined || value === "") return DEFAULT_PORT;
  const port = Number(value);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`PORT must be 0 to 65535, not "${value}".`);
  return port;
}

/** Fails in plain words, before anything is built, if the port is taken. */
async function claimPort(port: number): Promise<void> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once("error", (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === "EADDRINUSE";
      reject(
        isTaken
          ? new Error(
              `Port ${port} is taken; is Parley running already? Stop it, or choose another: PORT=8788 npm start`,
            )
          : error,
      );
    });
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve()));
  });
}

/** How bad a look at the server was. Nobody listening is worse than silence, which may only be load. */
async function strikeOf(url: string): Promise<number> {
  try {
    // Any answer counts: what is watched is the runtime, not what the Worker thinks of itself.
    await fetch(`${url}/api/v1/health`, { signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS) });
    return 0;
  } catch (error) {
    return error instanceof Error && error.name === "TimeoutError" ? 2 : 3;
  }
}

function announce(host: Host, isSeeded: boolean): void {
  const width = Math.max(...DEMO_PEOPLE.map(({ username }) => username.length));
  const people = DEMO_PEOPLE.map(({ username, name }) => `    ${username.padEnd(width)}  ${name}`);
  const lines = [
    "",
    `  Parley is ready: ${host.url}`,
    "",
    ...(isSeeded ? [`  Demo sign-ins (password of each: ${DEMO_PASSWORD})`, ...people, ""] : []),
    `  Local state: ${host.stateDir}`,
    "  Stop with Ctrl-C.",
    "",
  ];
  console.log(lines.join("\n"));
}

/** A store without demo people is still a store: say what went wrong and serve. The next start resumes. */
async function seeded(host: Host): Promise<boolean> {
  try {
    return await seedStore(host);
  } catch (error) {
    console.error(`The demo people could not be added: ${error instanceof Error ? error.message : error}`);
    return false;
  }
}

/** Keeps one host serving: opens it, watches it, replaces it when it is gone or deaf. */
class Guardian {
  readonly #port: number;
  readonly #stateDir: string;
  readonly #lock: StateLock;
  #host: Host | undefined;
  #isStopping = false;

  constructor(port: number, stateDir: string) {
    this.#port = port;
    this.#stateDir = stateDir;
    this.#lock = new StateLock(stateDir);
  }

  async open(): Promise<Host> {
    const port = this.#host === undefined ? this.#port : Number(new URL(this.#host.url).port);
    const host = await Host.open({ stateDir: this.#stateDir, port });
    this.#host = host;
    this.#lock.hold(host.pid);
    if (this.#isStopping) await host.stop();
    return host;
  }

  /** Runs until `stop`. Miniflare restarts a runtime that died; this restarts Miniflare. */
  async watch(): Promise<void> {
    let strikes = 0;
    while (!this.#isStopping) {
      await delay(HEALTH_INTERVAL_MS);
      const host = this.#host;
      if (this.#isStopping || host === undefined) return;
      const strike = host.hasEnded ? STRIKES : await strikeOf(host.url);
      strikes = strike === 0 ? 0 : strikes + strike;
      if (strikes < STRIKES) continue;
      strikes = 0;
      await this.#replace(host);
    }
  }

  async #replace(host: Host): Promise<void> {
    if (this.#isStopping) return;
    console.error("The server does not answer; starting it again.");
    await host.kill();
    while (!this.#isStopping) {
      try {
        await this.open();
        return;
      } catch (error) {
        console.error(error instanceof Error ? error.message : error);
        await delay(RESTART_PAUSE_MS);
      }
    }
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#host?.stop();
    this.#lock.release();
  }
}

async function start(): Promise<void> {
  const port = portFrom(process.env.PORT);
  const stateDir = resolve(process.env.STATE_DIR || STATE_DIR);
  await claimPort(port);
  const guardian = new Guardian(port, stateDir);

  let isStopping = false;
  const stop = (): void => {
    // The second signal (npm passes on what the terminal also sends) must not cut the first one's work short.
    if (isStopping) return;
    isStopping = true;
    void guardian.stop().then(() => process.exit(0));
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  // A killed npm leaves no signal behind: notice that whoever started this is gone.
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent || !isAlive(parent)) stop();
  }, PARENT_INTERVAL_MS).unref();

  console.log("Starting Parley…");
  const host = await guardian.open();
  if (host.migrations.length > 0) console.log(`Applied migrations: ${host.migrations.join(", ")}`);
  const isSeeded = process.env.SEED === "0" ? false : await seeded(host);
  if (isStopping) return;
  announce(host, isSeeded);
  await guardian.watch();
}

start().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
