import { expect } from "bun:test";
import { hashTag } from "../../src/fleet/ids.ts";
import type { Fleet } from "../../src/fleet/state.ts";
import { describeFleet } from "./describe-fleet.ts";
import { hostOf } from "./host-of.ts";
import { ROOMS } from "./model-actions.ts";
import type { ModelServer } from "./model-server.ts";
import { type Shown, sumUpUsage } from "./sum-up-usage.ts";

/** Checks that each fleet is right about what servers have shown, and that all know the same; of slots only if that is `exact`. */
export function expectAgreement(
  [first, ...others]: readonly [Fleet, ...Fleet[]],
  shown: Shown,
  { exact }: { exact: boolean },
): void {
  for (const fleet of [first, ...others]) {
    const counted = fleet.usages.get("acme");
    const usage = { peers: (counted?.peers ?? 0) + (counted?.reserved ?? 0), rooms: counted?.rooms ?? 0 };
    expect(usage).toEqual(sumUpUsage(fleet, shown));
    for (const { endpoint } of fleet.servers.values())
      for (const room of shown.get(endpoint)?.keys() ?? []) expect(hostOf(fleet, room)).toBeDefined();
  }
  for (const other of others) expect(describeFleet(other, exact)).toEqual(describeFleet(first, exact));
}

/** Checks that the rooms of a group are all on one server, the one that all fleets know. */
export function expectOneHost(fleets: readonly Fleet[], servers: readonly ModelServer[]): void {
  for (const tag of new Set(ROOMS.map(hashTag))) {
    const hosts = servers.filter(({ rooms }) => [...rooms.keys()].some((room) => hashTag(room) === tag));
    expect(hosts.length).toBeLessThanOrEqual(1);
    for (const { endpoint } of hosts) for (const fleet of fleets) expect(hostOf(fleet, tag)).toBe(endpoint);
  }
}
