import type { Clock } from "../clock.ts";

/** A peer in a simulated room. */
export interface SimPeer {
  readonly user: string;
  readonly room: SimRoom;
  /** Messages that were sent to this peer. */
  readonly inbox: number[][];
  /** Called when the server puts the peer out. */
  readonly onKick: () => void;
}

/** A room on a simulated server. */
export interface SimRoom {
  readonly namespace: string;
  readonly name: string;
  readonly customer: string;
  readonly openedAt: number;
  readonly peers: Set<SimPeer>;
  userData: number[];
}

/** Work that a server was given, as it came over the wire. */
export interface WireTask {
  readonly task: string;
  readonly id: readonly [namespace: string, name: string];
  readonly user_id?: string;
  readonly user_data?: number[];
  readonly message?: number[];
  readonly ban_time?: { readonly secs: number; readonly nanos: number };
}

/** The rooms and bans of a simulated server. */
export interface SimRooms {
  readonly all: () => readonly SimRoom[];
  readonly find: (namespace: string, name: string) => SimRoom | undefined;
  /** Lets a user in; throws an Error if the room or the user is banned here. */
  readonly join: (options: {
    namespace: string;
    name: string;
    customer: string;
    user: string;
    onKick: () => void;
  }) => SimPeer;
  readonly leave: (peer: SimPeer) => void;
  /** Does what a task says; a task for a room that is not here only leaves its ban. */
  readonly execute: (task: WireTask) => void;
  readonly clear: () => void;
}

/** Creates the rooms of a server that has just started. */
export function createSimRooms(clock: Pick<Clock, "now">): SimRooms {
  const rooms = new Map<string, SimRoom>();
  const bannedUntil = new Map<string, number>();
  const keyOf = (...parts: readonly string[]): string => JSON.stringify(parts);

  function kick(room: SimRoom, isMeant: (peer: SimPeer) => boolean): void {
    for (const peer of [...room.peers].filter(isMeant)) {
      leave(peer);
      peer.onKick();
    }
  }

  function leave(peer: SimPeer): void {
    const { room } = peer;
    room.peers.delete(peer);
    const key = keyOf(room.namespace, room.name);
    if (room.peers.size === 0 && rooms.get(key) === room) rooms.delete(key);
  }

  function ban(key: string, { secs, nanos } = { secs: 0, nanos: 0 }): void {
    bannedUntil.set(key, clock.now() + secs * 1000 + nanos / 1e6);
  }

  return {
    all: () => [...rooms.values()],
    find: (namespace, name) => rooms.get(keyOf(namespace, name)),
    join({ namespace, name, customer, user, onKick }) {
      const bans = [keyOf(namespace, name), keyOf(namespace, name, user)];
      if (bans.some((key) => (bannedUntil.get(key) ?? 0) > clock.now()))
        throw new Error(`${user} is banned from ${name}`);
      const known = rooms.get(keyOf(namespace, name));
      const room = known ?? { namespace, name, customer, openedAt: clock.now(), peers: new Set(), userData: [] };
      rooms.set(keyOf(namespace, name), room);
      const peer: SimPeer = { user, room, inbox: [], onKick };
      room.peers.add(peer);
      return peer;
    },
    leave,
    execute({ task, id, user_id = "", user_data = [], message = [], ban_time }) {
      const room = rooms.get(keyOf(...id));
      if (task === "RoomClose") {
        ban(keyOf(...id), ban_time);
        if (room) kick(room, () => true);
      } else if (task === "RoomBanClient") {
        ban(keyOf(...id, user_id), ban_time);
        if (room) kick(room, ({ user }) => user === user_id);
      } else if (task === "RoomUpdate" && room) {
        room.userData = user_data;
      } else if (task === "RoomSendMessage" && room) {
        for (const peer of room.peers) if (peer.user === user_id) peer.inbox.push(message);
      }
    },
    clear() {
      rooms.clear();
      bannedUntil.clear();
    },
  };
}
