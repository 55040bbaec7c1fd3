import { expect, test } from "bun:test";
import fc from "fast-check";
import { RpcError } from "../../src/errors.ts";
import { banClient, closeRoom, updateRoom } from "../../src/fleet/admin.ts";
import { advance } from "../../src/fleet/advance.ts";
import { hashTag } from "../../src/fleet/ids.ts";
import { countReservations, reservationsOf } from "../../src/fleet/reservations.ts";
import { restoreFleet } from "../../src/fleet/restore.ts";
import type { Group, Room } from "../../src/fleet/room.ts";
import { findGroup, findRoom, findRoomIn, roomsOf } from "../../src/fleet/spaces.ts";
import { createFleet, type Fleet, type Server } from "../../src/fleet/state.ts";
import type { Task } from "../../src/fleet/tasks.ts";
import { connect, createStateMirror, createTestFleet, report, toWholeState } from "./fixture.ts";

const ROOMS = ["a", "b", "{m}x", "{m}y", "m"];
const USERS = ["u1", "u2", "u3", "u4", "u5"];
const SERVERS = ["s1", "s2", "s3"];
const MAX_PEERS = 6;
const MAX_ROOMS = 3;
/** A server keeps its peers over a network failure; after it, its next report comes on another connection. */
interface ModelServer {
  readonly endpoint: string;
  alive: boolean;
  connection: number;
  readonly rooms: Map<string, { openedAt: number; users: Set<string> }>;
  readonly executed: number[];
}

type Action =
  | { do: "connect"; room: string; user: string }
  | { do: "join"; token: number }
  | { do: "leave"; server: number; room: string; user: string }
  | { do: "report"; server: number; fate: "good" | "replyLost" }
  | { do: "kill"; server: number }
  | { do: "cutOff"; server: number }
  | { do: "start"; server: number }
  | { do: "close"; room: string; banSec: number }
  | { do: "ban"; room: string; user: string; banSec: number }
  | { do: "update"; room: string }
  | { do: "restart" }
  | { do: "sleep"; ms: number };

const room = fc.constantFrom(...ROOMS);
const user = fc.constantFrom(...USERS);
const server = fc.nat(SERVERS.length - 1);
const banSec = fc.constantFrom(0, 0, 3, 30);
const actions: fc.Arbitrary<Action[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant("connect" as const), room, user }) },
    { weight: 6, arbitrary: fc.record({ do: fc.constant("join" as const), token: fc.nat(4) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("leave" as const), server, room, user }) },
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant("report" as const),
        server,
        fate: fc.constantFrom("good" as const, "good" as const, "replyLost" as const),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("kill" as const), server }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("cutOff" as const), server }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("start" as const), server }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("close" as const), room, banSec }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("ban" as const), room, user, banSec }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("update" as const), room }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("restart" as const) }) },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant("sleep" as const),
        ms: fc.constantFrom(100, 1_000, 3_000, 8_000, 30_000),
      }),
    },
  ),
  { maxLength: 80, size: "max" },
);

const allGroups = (fleet: Fleet): Group[] =>
  fleet.spaces
    .values()
    .flatMap(({ groups }) => groups.values())
    .toArray();
const allRooms = (fleet: Fleet): Room[] => allGroups(fleet).flatMap(roomsOf);

/** What the world outside of the gateway looks like, kept without the gateway's help. */
class Model {
  fleet: Fleet = createTestFleet();
  /** What is kept of the fleet, from the changes alone. */
  readonly kept = createStateMirror();
  now = 0;
  readonly servers: ModelServer[] = SERVERS.map((endpoint) => ({
    endpoint,
    alive: true,
    connection: 0,
    rooms: new Map(),
    executed: [],
  }));
  /** By server: the rooms of its last report, and their peers. */
  readonly shown = new Map<string, ReadonlyMap<string, number>>();
  readonly tokens: { endpoint: string; room: string; user: string }[] = [];
  readonly bans = new Map<string, number>();
  readonly acknowledged: number[] = [];

  constructor() {
    // Two reports on one connection: these servers are known to keep theirs.
    for (const each of [...this.servers, ...this.servers]) this.report(each, "good");
    this.kept.apply(this.fleet);
  }

  run(action: Action): void {
    const target = "server" in action ? this.servers[action.server] : undefined;
    switch (action.do) {
      case "connect":
        this.connect(action.room, action.user);
        break;
      case "join":
        this.join(action.token);
        break;
      case "leave":
        if (target) this.leave(target, action.room, action.user);
        break;
      case "report":
        if (target?.alive) this.report(target, action.fate);
        break;
      case "kill":
        target?.rooms.clear();
        if (target) target.alive = false;
        break;
      case "cutOff":
        if (target) target.alive = false;
        break;
      case "start":
        if (target && !target.alive) target.connection++;
        if (target) target.alive = true;
        break;
      case "close": {
        const call = { ...this.target(action.room), banSec: action.banSec };
        this.kick(action.room, action.banSec, () => closeRoom(this.fleet, call, this.now));
        break;
      }
      case "ban": {
        const call = { ...this.target(action.room), user: action.user, banSec: action.banSec };
        this.kick(`${action.room}\n${action.user}`, action.banSec, () => banClient(this.fleet, call, this.now));
        break;
      }
      case "update": {
        const id = this.acknowledged.length;
        const call = { ...this.target(action.room), userData: [id] };
        if (this.succeeds(() => updateRoom(this.fleet, call, this.now))) this.acknowledged.push(id);
        break;
      }
      case "restart":
        this.kept.apply(this.fleet);
        this.fleet = createFleet(this.fleet.policy, this.fleet.random, this.now);
        restoreFleet(this.fleet, this.kept.read(), this.now);
        // What servers listed of others' rooms is not kept.
        for (const [endpoint, rooms] of this.shown) {
          const isBound = (name: string) =>
            findGroup(this.fleet, "default", "acme", name)?.server.endpoint === endpoint;
          this.shown.set(endpoint, new Map([...rooms].filter(([name]) => isBound(name))));
        }
        break;
      case "sleep":
        this.now += action.ms;
        advance(this.fleet, this.now);
    }
  }

  target(name: string) {
    return { customer: "acme", namespace: "acme", room: name };
  }

  succeeds(call: () => unknown): boolean {
    try {
      call();
      return true;
    } catch (error) {
      if (error instanceof RpcError) return false;
      throw error;
    }
  }

  connect(name: string, userName: string): void {
    const admitted = this.succeeds(() => {
      const { endpoint } = connect(this.fleet, name, userName, this.now, { maxPeers: MAX_PEERS, maxRooms: MAX_ROOMS });
      this.tokens.unshift({ endpoint, room: name, user: userName });
    });
    if (!admitted) return;
    // A slot that was held already is no new one, so only the bound that a new slot has to keep is checked exactly.
    const usage = this.countUsage();
    expect(usage.rooms).toBeLessThanOrEqual(Math.max(MAX_ROOMS, this.roomsBefore));
    expect(usage.peers).toBeLessThanOrEqual(Math.max(MAX_PEERS, this.peersBefore));
    for (const key of [name, `${name}\n${userName}`]) expect(this.bans.get(key) ?? 0).toBeLessThanOrEqual(this.now);
  }

  join(index: number): void {
    const token = this.tokens[index];
    const target = this.servers.find(({ endpoint }) => endpoint === token?.endpoint);
    if (!token || !target?.alive) return;
    const hosted = target.rooms.get(token.room) ?? { openedAt: this.now, users: new Set<string>() };
    target.rooms.set(token.room, hosted);
    hosted.users.add(token.user);
  }

  leave(target: ModelServer, name: string, userName: string): void {
    const hosted = target.rooms.get(name);
    hosted?.users.delete(userName);
    if (hosted?.users.size === 0) target.rooms.delete(name);
  }

  kick(ban: string, seconds: number, call: () => void): void {
    if (this.succeeds(call) || seconds === 0) this.bans.set(ban, this.now + seconds * 1_000);
  }

  report(target: ModelServer, fate: "good" | "replyLost"): void {
    const rooms = [...target.rooms].map(([name, { users, openedAt }]) => ({
      namespace: "acme",
      name,
      customer: "acme",
      peers: users.size,
      ageMs: this.now - openedAt,
    }));
    this.shown.set(target.endpoint, new Map(rooms.map(({ name, peers }) => [name, peers])));
    const tasks = report(this.fleet, target.endpoint, {}, this.now, {
      rooms,
      connection: `${target.endpoint} ${target.connection}`,
    });
    if (fate === "replyLost") target.connection++;
    else for (const task of tasks) this.execute(target, task);
  }

  execute(target: ModelServer, task: Task): void {
    const [, name] = task.id;
    if (task.task === "RoomClose") target.rooms.delete(name);
    if (task.task === "RoomBanClient") this.leave(target, name, task.user_id);
    // Delivered to a server that no longer has the room, a task has not arrived.
    const boundTo = findGroup(this.fleet, "default", "acme", name)?.server.endpoint ?? target.endpoint;
    if (task.task === "RoomUpdate" && boundTo === target.endpoint) target.executed.push(...task.user_data);
  }

  peersBefore = 0;
  roomsBefore = 0;

  /** The customer's usage, from what was reported and reserved, added up room by room. */
  countUsage() {
    const usage = { peers: 0, rooms: 0 };
    for (const hosted of allRooms(this.fleet)) {
      const { server: bound } = hosted.group;
      if (bound.phase !== "enabled") continue;
      usage.rooms++;
      usage.peers +=
        (this.shown.get(bound.endpoint)?.get(hosted.name) ?? 0) +
        (hosted.traffic ? countReservations(hosted.traffic) : 0);
    }
    return usage;
  }

  check(): void {
    const { fleet } = this;
    this.kept.apply(fleet);
    expect(this.kept.read()).toEqual(toWholeState(fleet));
    const usage = this.countUsage();
    const counted = fleet.usages.get("acme");
    expect({ peers: (counted?.peers ?? 0) + (counted?.reserved ?? 0), rooms: counted?.rooms ?? 0 }).toEqual(usage);
    this.peersBefore = usage.peers;
    this.roomsBefore = usage.rooms;
    // A group is bound to one server, and every listed room of a live server belongs to a group.
    for (const group of allGroups(fleet)) {
      expect([...fleet.servers.values()].filter(({ groups }) => groups.includes(group))).toEqual([group.server]);
      expect(group.server.groups[group.slot]).toBe(group);
    }
    expect(fleet.groupCount).toBe(allGroups(fleet).length);
    expect(fleet.roomCount).toBe(allRooms(fleet).length);
    for (const each of fleet.servers.values()) {
      for (const name of this.shown.get(each.endpoint)?.keys() ?? [])
        expect(findGroup(fleet, "default", "acme", name)).toBeDefined();
      for (const group of each.groups) expect(group.space.groups.get(group.tag)).toBe(group);
      this.checkListed(each);
    }
    this.checkStandings();
    for (const hosted of allRooms(fleet)) expect(findRoomIn(hosted.group, hosted.name)).toBe(hosted);
  }

  /** The rooms of a server's last report are its own or strays, each with the peers that were shown. */
  checkListed(each: Server): void {
    const rooms = each.groups.flatMap(roomsOf).filter(({ listedIn }) => listedIn > 0);
    const listed = [...rooms, ...each.strays.values()].map(({ name, peers }) => [name, peers] as const);
    expect(new Map(listed)).toEqual(new Map(this.shown.get(each.endpoint)));
    expect(listed).toHaveLength(each.listed.rooms);
    expect(listed.reduce((sum, [, peers]) => sum + peers, 0)).toBe(each.listed.peers);
  }

  /** What placement adds up step by step is the sum over the rooms. */
  checkStandings(): void {
    for (const { standing, groups, ...each } of this.fleet.servers.values()) {
      const rooms = groups.flatMap(roomsOf);
      const sum = (of: (hosted: Room) => number) => rooms.reduce((total, hosted) => total + of(hosted), 0);
      const { rooms: count, peers, pending, lacking } = standing;
      expect({ rooms: count, peers, pending }).toEqual({
        rooms: rooms.length,
        peers: sum((hosted) => hosted.peers),
        pending: sum(
          ({ traffic }) => (traffic ? reservationsOf(traffic) : []).filter(({ isPending }) => isPending).length,
        ),
      });
      expect(lacking).toBeCloseTo(
        sum((hosted) => hosted.traffic?.lacking ?? 0),
        6,
      );
      expect(standing.places.length > 0).toBe(each.phase === "enabled");
      for (const young of standing.young) expect(rooms).toContain(young);
      // A room that nobody is on the way to, and that does not grow, carries nothing with it.
      for (const hosted of rooms) {
        const isMoving =
          standing.young.has(hosted) || (hosted.traffic !== undefined && countReservations(hosted.traffic) > 0);
        expect(hosted.traffic !== undefined).toBe(isMoving);
      }
    }
  }

  /** All servers come back and report until nothing changes any more. */
  settle(): void {
    for (const each of this.servers) this.run({ do: "start", server: this.servers.indexOf(each) });
    for (let round = 0; round < 4; round++) {
      this.now += 1_000;
      for (const each of this.servers) this.report(each, "good");
      this.check();
    }
  }
}

test("in any run, rooms stay whole, limits hold, usage is the sum of the reports, and every acknowledged task arrives, over restarts as well", () => {
  fc.assert(
    fc.property(actions, (run) => {
      const model = new Model();
      for (const action of run) {
        model.run(action);
        model.check();
      }
      model.settle();
      const executed = new Set(model.servers.flatMap((each) => each.executed));
      expect(model.acknowledged.filter((id) => !executed.has(id))).toEqual([]);
      for (const tag of new Set(ROOMS.map(hashTag))) {
        const hosts = model.servers.filter(({ rooms }) => [...rooms.keys()].some((name) => hashTag(name) === tag));
        expect(hosts.length).toBeLessThanOrEqual(1);
        const bound = findRoom(model.fleet, "default", "acme", [...(hosts[0]?.rooms.keys() ?? [])][0] ?? "");
        if (bound) expect(bound.group.server.endpoint).toBe(hosts[0]?.endpoint ?? "");
      }
    }),
    { numRuns: 1_500 },
  );
}, 60_000);
