import type { Pace } from "./crew.ts";

/** One way of loading a server. All sockets are connected before the first message. */
export interface Scenario {
  id: string;
  title: string;
  rooms: number;
  members: number;
  /** Members of each room who send. */
  senders: number;
  pace: Pace;
  /** Threads of the generator: never the part that is measured. */
  threads: number;
}

/** 100-byte bodies throughout. `open` is the number of messages that each sender keeps unacknowledged. */
export const SCENARIOS: readonly Scenario[] = [
  {
    id: "pair",
    title: "one to one, one message at a time",
    ...{ rooms: 1, members: 2, senders: 1, threads: 1 },
    pace: { open: 0, warm_up_ms: 700, duration_ms: 3_000 },
  },
  {
    id: "pair-16",
    title: "one to one, 16 open",
    ...{ rooms: 1, members: 2, senders: 1, threads: 1 },
    pace: { open: 16, warm_up_ms: 700, duration_ms: 3_000 },
  },
  {
    id: "group-50",
    title: "group of 50, 5 senders with 16 open each",
    ...{ rooms: 1, members: 50, senders: 5, threads: 2 },
    pace: { open: 16, warm_up_ms: 1_000, duration_ms: 3_000 },
  },
  {
    id: "room-1000",
    title: "room of 1,000, saturated: 20 senders with 16 open each",
    ...{ rooms: 1, members: 1_000, senders: 20, threads: 3 },
    pace: { open: 16, warm_up_ms: 1_500, duration_ms: 4_000 },
  },
  {
    id: "rooms-200",
    title: "200 rooms of 5, one sender each, one open",
    ...{ rooms: 200, members: 5, senders: 1, threads: 2 },
    // Warmed up for longer: the first message of a room is told to its members' hubs, once a minute if they sleep.
    pace: { open: 1, warm_up_ms: 3_000, duration_ms: 3_000 },
  },
];

/** The same scenarios, too short to say anything but that they run. */
export function quick(scenario: Scenario): Scenario {
  return {
    ...scenario,
    rooms: Math.min(scenario.rooms, 20),
    members: Math.min(scenario.members, 100),
    pace: { ...scenario.pace, warm_up_ms: 200, duration_ms: 500 },
  };
}
