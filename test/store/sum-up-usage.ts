import { countReservations } from "../../src/fleet/reservations.ts";
import { roomsBoundTo } from "../../src/fleet/spaces.ts";
import type { Fleet } from "../../src/fleet/state.ts";

/** What a customer uses. */
export interface Usage {
  readonly peers: number;
  readonly rooms: number;
}

/** By server: the rooms of its last report, and their peers. */
export type Shown = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** The only customer's usage, from what was reported and reserved, added up room by room. */
export function sumUpUsage(fleet: Fleet, shown: Shown): Usage {
  const usage = { peers: 0, rooms: 0 };
  for (const server of fleet.servers.values()) {
    if (server.phase !== "enabled") continue;
    for (const room of roomsBoundTo(server)) {
      usage.rooms++;
      usage.peers +=
        (shown.get(server.endpoint)?.get(room.name) ?? 0) + (room.traffic ? countReservations(room.traffic) : 0);
    }
  }
  return usage;
}
