import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Servers that Parley is measured beside. Each is one short file in `peers/`. */
export const PEERS = ["floor", "party", "plain-ws", "socket-io"] as const;
export type Peer = (typeof PEERS)[number];

/** What `serve-peer.ts` says to whoever started it. */
export type PeerEvent = { url: string } | { error: string };

/** One peer in a process of its own, hosted as Parley is: Workers under Miniflare's API, the others in Node. */
export class PeerServer {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #stateDir: string;

  private constructor(child: ChildProcess, url: string, stateDir: string) {
    this.#child = child;
    this.url = url;
    this.#stateDir = stateDir;
  }

  static async start(peer: Peer): Promise<PeerServer> {
    const stateDir = await mkdtemp(join(tmpdir(), `parley-peer-${peer}-`));
    const child = spawn(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "serve-peer.ts"), peer, stateDir],
      { detached: true, stdio: ["ignore", "inherit", "inherit", "ipc"] },
    );
    const [event] = (await once(child, "message")) as [PeerEvent];
    if ("error" in event) throw new Error(`${peer}: ${event.error}`);
    return new PeerServer(child, event.url, stateDir);
  }

  /** Root of the server's process tree. */
  get pid(): number {
    if (this.#child.pid === undefined) throw new Error("The peer was never started.");
    return this.#child.pid;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    // Its own process group: nothing else is in it.
    process.kill(-this.pid, "SIGKILL");
    await exited;
    await rm(this.#stateDir, { recursive: true, force: true, maxRetries: 3 });
  }
}
