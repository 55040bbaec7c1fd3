import type { FleetSize } from "./fleet.ts";

/** How long and how much is measured. */
export interface Profile {
  readonly connect: ConnectProfile;
  readonly report: { readonly rooms: readonly number[]; readonly rounds: number; readonly roomsPerRound: number };
  readonly scale: ScaleProfile;
  readonly startup: { readonly starts: number; readonly warm: FleetSize };
}

/** Of the Connects. */
export interface ConnectProfile {
  /** Pairs of rounds, gateway and limit in turns, of each load. */
  readonly rounds: number;
  readonly roundMs: number;
  /** Requests before the first round of a case, so that the code is compiled. */
  readonly warmUp: number;
  readonly cases: readonly ConnectCase[];
}

/** Loads under one transport and fleet. */
export interface ConnectCase {
  readonly tls: boolean;
  readonly fleet: FleetSize;
  readonly concurrencies: readonly number[];
  /** Rates of open loops, as shares of the limit's peak. */
  readonly openShares: readonly number[];
}

/** Of great fleets. */
export interface ScaleProfile {
  readonly fleets: readonly FleetSize[];
  readonly rounds: number;
  /** How long there are reports before anything is measured, so that the code is compiled … */
  readonly settleSec: number;
  /** … and then reports and nothing else, before the rounds. */
  readonly quietSec: number;
  readonly busySec: number;
  readonly idleSec: number;
  /** Fleets on the virtual clock. */
  readonly virtual: readonly FleetSize[];
}

const SMALL: FleetSize = { servers: 10, roomsPerServer: 10 };
const LARGE: FleetSize = { servers: 1_000, roomsPerServer: 100 };
const ALL = [1, 16, 64, 256];
const SHARES = [0.25, 0.5, 0.75, 0.9];

/** By name. */
export const PROFILES = {
  full: {
    connect: {
      rounds: 5,
      roundMs: 700,
      warmUp: 20_000,
      cases: [
        { tls: false, fleet: SMALL, concurrencies: ALL, openShares: SHARES },
        { tls: false, fleet: LARGE, concurrencies: ALL, openShares: [0.5] },
        { tls: true, fleet: SMALL, concurrencies: ALL, openShares: [0.5] },
        { tls: true, fleet: LARGE, concurrencies: [64], openShares: [] },
      ],
    },
    report: { rooms: [10, 100, 1_000, 10_000], rounds: 15, roomsPerRound: 20_000 },
    scale: {
      fleets: [
        { servers: 100, roomsPerServer: 1_000 },
        { servers: 1_000, roomsPerServer: 1_000 },
      ],
      rounds: 3,
      settleSec: 10,
      quietSec: 10,
      busySec: 8,
      idleSec: 4,
      virtual: [
        { servers: 100, roomsPerServer: 1_000 },
        { servers: 1_000, roomsPerServer: 1_000 },
        { servers: 10_000, roomsPerServer: 1_000 },
      ],
    },
    startup: { starts: 11, warm: { servers: 100, roomsPerServer: 1_000 } },
  },
  quick: {
    connect: {
      rounds: 3,
      roundMs: 300,
      warmUp: 4_000,
      cases: [
        { tls: false, fleet: SMALL, concurrencies: [1, 64], openShares: [0.5] },
        { tls: false, fleet: LARGE, concurrencies: [64], openShares: [] },
        { tls: true, fleet: SMALL, concurrencies: [64], openShares: [] },
      ],
    },
    report: { rooms: [10, 100, 1_000, 10_000], rounds: 5, roomsPerRound: 10_000 },
    scale: {
      fleets: [{ servers: 100, roomsPerServer: 100 }],
      rounds: 2,
      settleSec: 0,
      quietSec: 4,
      busySec: 3,
      idleSec: 1.5,
      virtual: [],
    },
    startup: { starts: 3, warm: { servers: 100, roomsPerServer: 1_000 } },
  },
  /** Only what the gate looks at. */
  gate: {
    connect: {
      rounds: 3,
      roundMs: 250,
      warmUp: 4_000,
      cases: [
        { tls: false, fleet: SMALL, concurrencies: [64], openShares: [0.5] },
        { tls: false, fleet: LARGE, concurrencies: [64], openShares: [] },
      ],
    },
    report: { rooms: [1_000], rounds: 5, roomsPerRound: 10_000 },
    scale: { fleets: [], rounds: 0, settleSec: 0, quietSec: 0, busySec: 0, idleSec: 0, virtual: [] },
    startup: { starts: 0, warm: SMALL },
  },
  smoke: {
    connect: {
      rounds: 1,
      roundMs: 60,
      warmUp: 4_000,
      cases: [{ tls: false, fleet: SMALL, concurrencies: [16], openShares: [0.5] }],
    },
    report: { rooms: [10, 100], rounds: 3, roomsPerRound: 1_000 },
    scale: {
      fleets: [{ servers: 20, roomsPerServer: 10 }],
      rounds: 1,
      settleSec: 0,
      quietSec: 0.2,
      busySec: 1,
      idleSec: 0.5,
      virtual: [{ servers: 10, roomsPerServer: 10 }],
    },
    startup: { starts: 1, warm: { servers: 10, roomsPerServer: 10 } },
  },
} satisfies Record<string, Profile>;

/** The same profile with the largest fleet on the virtual clock of so many servers, and none that is larger. */
export function withVirtualServers(profile: Profile, servers: number): Profile {
  const smaller = profile.scale.virtual.filter((fleet) => fleet.servers < servers);
  const roomsPerServer = profile.scale.virtual.at(-1)?.roomsPerServer ?? 1_000;
  return { ...profile, scale: { ...profile.scale, virtual: [...smaller, { servers, roomsPerServer }] } };
}
