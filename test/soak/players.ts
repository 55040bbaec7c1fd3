import type { SimServer } from "../../src/sim/sim-server.ts";
import { acme } from "../system/gateway-process.ts";

/** Players who connect, join the server that they are sent to, stay for a while and leave. */
export interface Players {
  readonly stats: { connects: number; refused: number; lost: number; late: number };
  /** What was wrong with answers, and how often. */
  readonly faults: Map<string, number>;
  /** Connects as fast as so many at a time can, and gives how many a second that were. */
  readonly measureMost: (forMs: number, atOnce: number) => Promise<number>;
  /** Connects at a rate, until `until` settles. */
  readonly run: (perSecond: number, until: Promise<unknown>) => Promise<void>;
}

const ROOMS = 3_000;
const USERS = 20_000;
/** One in so many goes all the way into the room: the simulated servers would be the bottleneck. */
const JOINING_OF = 5;
const STAY_MS = 20_000;
const TICK_MS = 5;
const MAX_IN_FLIGHT = 400;
/** Room is closed, user is banned: what the backend asked for. */
const EXPECTED = [-32013, -32014];

/** Creates players of a gateway whose servers those are. */
export function createPlayers(url: string, servers: readonly SimServer[]): Players {
  const byEndpoint = new Map(servers.map((server) => [server.endpoint, server]));
  const stats = { connects: 0, refused: 0, lost: 0, late: 0 };
  const faults = new Map<string, number>();
  const inFlight = new Set<Promise<void>>();

  function note(fault: string): void {
    faults.set(fault, (faults.get(fault) ?? 0) + 1);
  }

  async function connect(): Promise<void> {
    const index = stats.connects++;
    // Rooms fill up one after the other, so that they come and go.
    const room = `room-${Math.floor(index / 10) % ROOMS}`;
    const user = `user-${index % USERS}`;
    try {
      const token = await acme.signToken({ room, user, nowMs: Date.now(), subject: "connect" });
      const response = await fetch(url, {
        method: "POST",
        headers: { authorization: `Bearer ${token}` },
        body: JSON.stringify({ jsonrpc: "2.0", id: index, method: "Connect", params: {} }),
      });
      const { id, result, error } = Object(await response.json());
      if (response.status >= 500) return note(`status ${response.status}`);
      if (id !== index) return note("an answer to another request");
      if (error) return EXPECTED.includes(error.code) ? void stats.refused++ : note(`error ${error.message}`);
      const server = byEndpoint.get(result.address);
      if (!server) return note(`an address that is none: ${result.address}`);
      if (index % JOINING_OF === 0) await join(server, result.token, user);
    } catch (error) {
      note(error instanceof Error ? error.message : String(error));
    }
  }

  /** The server checks the token as a real one does; one that is down just now takes nobody. */
  async function join(server: SimServer, token: string, user: string): Promise<void> {
    try {
      const peers = await server.join(token);
      if (peers.some((peer) => peer.user !== user)) note("a token for somebody else");
      setTimeout(() => server.leave(peers), STAY_MS * (0.5 + Math.random())).unref();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (/does not answer|is banned/.test(reason)) stats.lost++;
      else note(`a room token that its server refuses: ${reason}`);
    }
  }

  return {
    stats,
    faults,
    async measureMost(forMs, atOnce) {
      const [before, startedAt] = [stats.connects, performance.now()];
      const work = async () => {
        while (performance.now() - startedAt < forMs) await connect();
      };
      await Promise.all(Array.from({ length: atOnce }, work));
      return (1_000 * (stats.connects - before)) / (performance.now() - startedAt);
    },
    async run(perSecond, until) {
      let isOver = false;
      void until.then(() => {
        isOver = true;
      });
      const startedAt = performance.now();
      for (let sent = 0; !isOver; await Bun.sleep(TICK_MS)) {
        const due = Math.floor(((performance.now() - startedAt) / 1_000) * perSecond);
        for (; sent < due; sent++) {
          if (inFlight.size >= MAX_IN_FLIGHT) stats.late++;
          else {
            const done: Promise<void> = connect().finally(() => inFlight.delete(done));
            inFlight.add(done);
          }
        }
      }
      await Promise.all(inFlight);
    },
  };
}
