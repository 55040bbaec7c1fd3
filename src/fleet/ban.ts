import type { RoomName } from "./ids.ts";
import type { Usage } from "./state.ts";

/** The bans of one room, in whichever pools it lives. */
export interface RoomBans {
  readonly name: RoomName;
  readonly usage: Usage;
  /** The ban on the whole room. */
  room: Ban | undefined;
  readonly users: Map<string, Ban>;
}

/** Whom a ban keeps out of which room; `user` absent for everybody. */
export interface BanTarget {
  readonly customer: string;
  readonly namespace: string;
  readonly room: string;
  readonly user?: string;
}

/** A ban, on the whole room if `user` is absent. */
export interface Ban {
  readonly kind: "ban";
  /** Rises with every ban, so that listings can be paged while bans come and go. */
  readonly seq: number;
  readonly bans: RoomBans;
  readonly target: BanTarget;
  readonly user: string | undefined;
  readonly untilMs: number;
}

/** Says whether a ban has been neither replaced nor ended. */
export function isInForce(ban: Ban): boolean {
  return ban === (ban.user === undefined ? ban.bans.room : ban.bans.users.get(ban.user));
}
