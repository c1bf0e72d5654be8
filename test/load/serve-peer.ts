import type { Peer, PeerEvent } from "./peer-server.ts";

/** Host of one peer: a process of its own, started by peer-server.ts, ended with it. */

/** Peers that are Workers, and their Durable Objects by binding. */
const WORKERS: Partial<Record<Peer, Record<string, string>>> = {
  floor: { ROOMS: "Room" },
  party: { Room: "Room" },
};

async function serve(peer: Peer, stateDir: string): Promise<string> {
  const classes = WORKERS[peer];
  if (classes !== undefined) {
    // Only where it is needed: its memory would be counted as a Node peer's.
    const { serveWorker } = await import("./worker-host.ts");
    return serveWorker(peer, classes, stateDir);
  }
  const module = (await import(`./peers/${peer}.ts`)) as { serve(): Promise<string> };
  return module.serve();
}

const say = (event: PeerEvent): void => {
  process.send?.(event);
};

process.on("disconnect", () => process.kill(-process.pid, "SIGKILL"));
const [, , peer, stateDir = ""] = process.argv;
serve(peer as Peer, stateDir).then(
  (url) => say({ url }),
  (error: unknown) => say({ error: String(error) }),
);
