import type { Random } from "../../../src/clock.ts";
import type { WireTask } from "../../../src/sim/sim-room.ts";
import type { GatewayGroup } from "./gateway-group.ts";
import { type BackendCall, type History, type TaskKind, toRoomId } from "./history.ts";
import { toUserId } from "./judge-calls.ts";
import type { Party } from "./parties.ts";
import type { Players } from "./players.ts";

/** Customers' backends, which steer rooms through any of the gateways. */
export interface Backends extends Disposable {
  /** Takes note of what a server was told. */
  readonly noteTask: (endpoint: string, task: WireTask) => void;
  /** Begins to call, so often in a second. */
  readonly start: (players: Players, perSecond: number) => void;
  /** Calls no more, and resolves when all was answered. */
  readonly end: () => Promise<void>;
  /** Users, and rooms with an empty user, on whom a ban was asked for, whatever came of it. */
  readonly touched: ReadonlySet<string>;
}

const BAN_SEC = 3_600;
const CLOSE_SEC = 1;
/** One in so many calls of a backend is followed by a Connect of somebody who was banned before. */
const RETRIES_OF = 2;
/** Of ten calls: so many are of each kind. */
const KINDS: readonly TaskKind[] = [
  ...new Array<TaskKind>(4).fill("RoomBanClient"),
  ...new Array<TaskKind>(2).fill("RoomUpdate"),
  ...new Array<TaskKind>(3).fill("RoomSendMessage"),
  "RoomClose",
];

/** Creates backends that have not called yet. */
export function createBackends(options: {
  group: GatewayGroup;
  history: History;
  random: Random;
  parties: readonly Party[];
}): Backends {
  const { group, history, random, parties } = options;
  const { calls } = history;
  const byId = new Map<number, BackendCall>();
  const byTarget = new Map<string, BackendCall[]>();
  const inFlight = new Set<Promise<void>>();
  const touched = new Set<string>();
  let timer: Timer | undefined;

  async function callOnce(players: Players): Promise<void> {
    const present = players.pickPresent()?.attempt;
    const kind = KINDS[Math.floor(random() * KINDS.length)] ?? "RoomUpdate";
    const party = parties.find(({ id }) => id === present?.customer);
    if (!present || !party) return;
    const isOfRoom = kind === "RoomClose" || kind === "RoomUpdate";
    const gateway = players.pickGateway();
    const call: BackendCall = {
      ...{ kind, id: calls.length, gateway: gateway.index, customer: party.id, room: present.room },
      user: isOfRoom ? undefined : present.user,
      banSec: kind === "RoomBanClient" ? BAN_SEC : kind === "RoomClose" ? CLOSE_SEC : 0,
      ...{ sentAt: performance.now(), answeredAt: 0, isAcknowledged: false, receivedBy: new Set<string>() },
    };
    calls.push(call);
    byId.set(call.id, call);
    const target = toTarget(kind, party.id, call.room, call.user);
    byTarget.set(target, [...(byTarget.get(target) ?? []), call]);
    if (call.banSec > 0) touched.add(toUserId(call));
    const token = party.signToken(call.room, "backend");
    call.isAcknowledged = (await players.call(gateway, token, kind, toParams(call))) === 0;
    call.answeredAt = performance.now();
    if (kind === "RoomBanClient" && call.isAcknowledged) tryAll(players, party, call);
    if (random() * RETRIES_OF < 1) tryAgain(players);
  }

  /** Has the one who was just banned try at every gateway. */
  function tryAll(players: Players, party: Party, { room, user = "" }: BackendCall): void {
    for (const gateway of group.all)
      if (gateway.state() === "up") void players.connect({ party, room, user, gateway, joins: false });
  }

  function tryAgain(players: Players): void {
    const call = calls[Math.floor(random() * calls.length)];
    const party = parties.find(({ id }) => id === call?.customer);
    if (call?.kind !== "RoomBanClient" || !party) return;
    void players.connect({ party, room: call.room, user: call.user ?? "", joins: false });
  }

  return {
    noteTask(endpoint, { task, id: [namespace, room], user_id, user_data, message }) {
      const bytes = user_data ?? message;
      if (bytes !== undefined) byId.get(toId(bytes))?.receivedBy.add(endpoint);
      else
        for (const call of byTarget.get(toTarget(task, namespace, room, user_id)) ?? []) call.receivedBy.add(endpoint);
    },
    start(players, perSecond) {
      timer = setInterval(() => {
        const done: Promise<void> = callOnce(players).finally(() => inFlight.delete(done));
        inFlight.add(done);
      }, 1_000 / perSecond);
    },
    async end() {
      clearInterval(timer);
      await Promise.all(inFlight);
    },
    touched,
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

function toTarget(kind: string, customer: string, room: string, user = ""): string {
  return `${kind} ${toRoomId(customer, room)} ${user}`;
}

function toParams({ kind, id, room, user, banSec }: BackendCall): object {
  switch (kind) {
    case "RoomClose":
      return { room_id: room, ban_time: banSec };
    case "RoomBanClient":
      return { room_id: room, user_id: user, ban_time: banSec };
    case "RoomUpdate":
      return { room_id: room, user_data: toBytes(id) };
    case "RoomSendMessage":
      return { room_id: room, user_id: user, message: toBytes(id) };
  }
}

function toBytes(id: number): number[] {
  return [(id >> 16) & 255, (id >> 8) & 255, id & 255];
}

function toId([high = 0, middle = 0, low = 0]: readonly number[]): number {
  return (high << 16) | (middle << 8) | low;
}
