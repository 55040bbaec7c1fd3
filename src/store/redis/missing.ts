import { toBanKey, toKeyOf } from "../../fleet/changes.ts";
import { toRoomKey } from "../../fleet/ids.ts";
import { reservationsOf } from "../../fleet/reservations.ts";
import type { Group } from "../../fleet/room.ts";
import { roomsOf } from "../../fleet/spaces.ts";
import { roomsIn, toUsers } from "./adopt-group.ts";
import type { Belongings } from "./belongings.ts";
import type { Snapshot } from "./snapshot.ts";

/** What of a gateway's knowledge the shared state does not have: after an outage that is little, and all gateways tell it. */
export function findMissing({ groups, bans }: Belongings, snapshot: Snapshot, offsetMs: number): Belongings {
  const known = new Map(snapshot.groups.map((group) => [group[0], group]));
  const ends = new Map(snapshot.bans.map(([key, at]) => [key, Number(at)]));
  return {
    groups: groups.filter((group) => !isIn(group, known.get(toKeyOf(group)))),
    bans: bans.filter(({ bans: of, user, untilMs }) => {
      const until = ends.get(toBanKey(of.name, user));
      return until === undefined || until < Math.ceil(untilMs - offsetMs);
    }),
  };
}

/** Says whether the group is known to be there with all of its rooms, their peers and slots. */
function isIn(group: Group, known: Snapshot["groups"][number] | undefined): boolean {
  if (known?.[1] !== group.server.id) return false;
  const { pool, namespace } = group.space;
  const rooms = new Map(roomsIn(known).map((room) => [room[0], room]));
  return roomsOf(group).every(({ name, listedIn, peers, traffic }) => {
    const room = rooms.get(toRoomKey(pool, namespace, name));
    if (!room || (listedIn > 0 && room[1] < peers)) return false;
    const [, , ...slots] = room;
    const users = toUsers(slots);
    return (traffic ? reservationsOf(traffic) : []).every(({ user }) => users.has(user));
  });
}
