import { findGroup } from "../../src/fleet/spaces.ts";
import type { Fleet } from "../../src/fleet/state.ts";

/** The endpoint of the server that a room of the only customer is bound to, if it is to any. */
export function hostOf(fleet: Fleet, room: string): string | undefined {
  return findGroup(fleet, "default", "acme", room)?.server.endpoint;
}
