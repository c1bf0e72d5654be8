import type { AccessToken } from "../api/access-token.ts";
import type { HttpApi } from "../api/http-api.ts";
import { MemoryStore } from "../store/memory-store.ts";
import { PersonStore } from "../store/person-store.ts";
import { browserClock, frameSchedule } from "./browser-ports.ts";
import { openPatiently } from "./patient-opening.ts";
import { Seat, type SeatCells } from "./seat.ts";
import { questionsOf, remoteOf } from "./server-questions.ts";
import { WebSocketTransport } from "./socket/web-socket-transport.ts";
import { browserChannel } from "./tabs/channel.ts";
import type { TabLocks } from "./tabs/leadership.ts";

/** What a seat of this browser stands on. */
export interface SeatGround {
  /** Id of the person. */
  me: string;
  api: HttpApi;
  token: AccessToken;
  locks: TabLocks | undefined;
  report(error: unknown): void;
  /** The store was deleted by another tab: somebody else may be signed in. */
  changedUser(): void;
  revoked(): void;
  /** The store takes long: most likely another tab holds it. The opening goes on by itself when that lets go. */
  held(): void;
}

/** Opens the person's store and their seat over it. `store` is undefined where the browser allows no storage. */
export async function openSeat(
  ground: SeatGround,
  cells: SeatCells,
): Promise<{ seat: Seat; store: PersonStore | undefined }> {
  const { me, api, token, report } = ground;
  const ends = {
    deleted: () => ground.changedUser(),
    // What is typed is in the store; this page can reach it no more, and what it would send could never leave.
    outdated: () => location.reload(),
  };
  const opening = PersonStore.open(me, ends);
  const store = await openPatiently(opening, browserClock, () => ground.held()).catch((error: unknown) => {
    // The product works, and forgets when the page closes.
    report(error);
    return undefined;
  });
  const seat = new Seat(
    {
      me,
      ports: {
        clock: browserClock,
        random: () => Math.random(),
        transport: new WebSocketTransport(token, api, location.origin),
        remote: remoteOf(api),
        store: store ?? new MemoryStore(),
        schedule: frameSchedule(),
        report,
      },
      locks: store ? ground.locks : undefined,
      channel: typeof BroadcastChannel === "undefined" ? undefined : browserChannel(`parley-tabs-${me}`),
      isVisible: () => document.visibilityState === "visible",
      questions: questionsOf(api),
      revoked: () => ground.revoked(),
    },
    cells,
  );
  return { seat, store };
}
