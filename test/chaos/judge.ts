import { hashTag } from "../../src/fleet/ids.ts";
import type { Json } from "../json.ts";
import type { ChaosServer } from "./chaos-server.ts";
import { type ChaoticGateway, LIMITS, type Outcome } from "./chaotic-gateway.ts";

/** Keeps what the gateway has promised, and finds the promises that it breaks. */
export interface Judge {
  readonly faults: string[];
  /** Has users connect all at once, and looks at who got in: nobody beyond the limits, and nobody who is banned. */
  readonly connect: (room: string, users: readonly string[]) => Promise<readonly Outcome[]>;
  readonly noteBan: (key: string, seconds: number, outcome: Outcome) => void;
  readonly noteUpdate: (id: number, outcome: Outcome) => void;
  readonly noteTask: (task: Json) => void;
  /** What has to hold when all faults are over and every server has reported. */
  readonly checkSettled: (servers: readonly ChaosServer[]) => void;
  /** What has to hold when everybody has left, and everything is over that ends by itself. */
  readonly checkEmpty: () => Promise<void>;
}

/** The fleet's times are kept to the second. */
const MARGIN_MS = 1_500;
const BANNED = [-32013, -32014];

/** Creates a judge; `elapsedMs` is the time since the beginning, whatever clocks say. */
export function createJudge(gateway: () => ChaoticGateway, elapsedMs: () => number): Judge {
  const faults: string[] = [];
  const bans = new Map<string, number>();
  const updates = new Set<number>();
  const executed = new Set<number>();

  async function readUsage(): Promise<{ peers: number; rooms: number }> {
    const { result } = await gateway().operator("Usage", { customer: "acme" });
    const [used] = result?.customers ?? [];
    return { peers: (used?.peers ?? 0) + (used?.reserved ?? 0), rooms: used?.rooms ?? 0 };
  }

  return {
    faults,
    async connect(room, users) {
      const before = await readUsage();
      const outcomes = await Promise.all(users.map((user) => gateway().connect(room, user)));
      const after = await readUsage();
      const isIn = (outcome: Outcome | undefined) => outcome?.result?.address !== undefined;
      if (after.peers > Math.max(LIMITS.maxPeers, before.peers))
        faults.push(`${after.peers} peers let in, where ${LIMITS.maxPeers} may be`);
      if (after.rooms > Math.max(LIMITS.maxRooms, before.rooms))
        faults.push(`${after.rooms} rooms opened, where ${LIMITS.maxRooms} may be`);
      // Counted without the gateway's help: users whom nobody has seen before need a slot each.
      const strangers = users.filter((user, index) => user.startsWith("burst") && isIn(outcomes[index])).length;
      const free = Math.max(0, LIMITS.maxPeers - before.peers);
      if (strangers > free) faults.push(`${strangers} strangers let in at once, where ${free} slots were free`);
      for (const [index, user] of users.entries()) {
        const until = Math.max(bans.get(room) ?? 0, bans.get(`${room}\n${user}`) ?? 0);
        if (until > elapsedMs() + MARGIN_MS && isIn(outcomes[index]))
          faults.push(`${user} was let into ${room} in spite of a ban that was acknowledged`);
        const code = outcomes[index]?.error?.code;
        if (!isIn(outcomes[index]) && code === undefined) faults.push("a Connect had neither a result nor an error");
        if (code !== undefined && BANNED.includes(code) && ![...bans.keys()].some((key) => key.startsWith(room)))
          faults.push(`${user} was refused for a ban on ${room} that nobody asked for`);
      }
      return outcomes;
    },
    noteBan(key, seconds, { result, error }) {
      // Whatever was not acknowledged may be in force or not; it may in no case end another ban.
      const isKept = error === undefined && result !== undefined;
      bans.set(key, isKept ? elapsedMs() + seconds * 1_000 : 0);
    },
    noteUpdate(id, { result }) {
      if (result !== undefined) updates.add(id);
    },
    noteTask({ task, user_data }) {
      if (task === "RoomUpdate") executed.add(user_data[0] * 256 + user_data[1]);
    },
    checkSettled(servers) {
      const hosts = Map.groupBy(
        servers.flatMap(({ endpoint, rooms }) => [...rooms.keys()].map((name) => ({ tag: hashTag(name), endpoint }))),
        ({ tag }) => tag,
      );
      for (const [tag, entries] of hosts) {
        const on = new Set(entries.map(({ endpoint }) => endpoint));
        if (on.size > 1) faults.push(`the rooms of ${tag} are split over ${[...on].join(", ")}`);
      }
      const lost = [...updates].filter((id) => !executed.has(id));
      if (lost.length > 0) faults.push(`updates ${lost.join(", ")} were acknowledged, and never reached a server`);
    },
    async checkEmpty() {
      const usage = await readUsage();
      const { listings, groups, bans: keptBans, tasks } = gateway().kept();
      const [rooms, listed] = [await gateway().operator("Rooms"), await gateway().operator("Bans")];
      const left = {
        ...usage,
        listings: listings.length,
        groups: groups.count,
        keptBans: keptBans.length,
        tasks: tasks.length,
        listed: rooms.result?.rooms.length,
        bans: listed.result?.bans.length,
      };
      if (Object.values(left).some((count) => count !== 0)) faults.push(`something is left: ${JSON.stringify(left)}`);
    },
  };
}
