import { reservationsOf } from "../../src/fleet/reservations.ts";
import { roomsBoundTo } from "../../src/fleet/spaces.ts";
import type { Fleet } from "../../src/fleet/state.ts";

/** What all gateways have to know the same of; the rooms, which slots may hold, only if that is `exact`. */
export function describeFleet(fleet: Fleet, exact: boolean): object {
  const servers = [...fleet.servers.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  return {
    servers: servers.map(({ endpoint, phase }) => `${endpoint} ${phase}`),
    rooms: servers.flatMap((server) =>
      (exact ? roomsBoundTo(server) : [])
        .map(({ name, peers, listedIn, traffic }) => {
          const users = (traffic ? reservationsOf(traffic) : []).map(({ user }) => user).sort();
          return `${server.endpoint} ${name} ${listedIn > 0 ? peers : "unlisted"} ${users}`;
        })
        .sort(),
    ),
    groups: servers.flatMap(({ endpoint, groups }) => [...groups].map(({ tag }) => `${endpoint} ${tag}`).sort()),
    bans: [...fleet.bans.values()]
      .flatMap(({ name, room, users }) => [
        ...(room ? [name] : []),
        ...[...users.keys()].map((user) => `${name} ${user}`),
      ])
      .sort(),
  };
}
