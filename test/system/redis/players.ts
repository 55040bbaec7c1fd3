import { toPost } from "../../../bench/load/requests.ts";
import type { Random } from "../../../src/clock.ts";
import { drawExponential } from "../../../src/sim/random.ts";
import type { GatewayGroup, GroupGateway } from "./gateway-group.ts";
import { type Attempt, type History, noteStatus, type Slot } from "./history.ts";
import type { Party } from "./parties.ts";
import type { SfuCrowd } from "./sfu-crowd.ts";

/** How Connects are sent. */
export interface Players {
  /** Sends a Connect, and has the user join the server as soon as they like, unless `joins` says that they never do. */
  readonly connect: (options: ConnectOptions) => Promise<Attempt>;
  /** A gateway that a load balancer would choose: not one that is down, and few that have stopped answering. */
  readonly pickGateway: () => GroupGateway;
  /** Sends a method of a backend, and gives the code of the error, 0 for none; nothing if there was no answer. */
  readonly call: (gateway: GroupGateway, token: string, method: string, params: object) => Promise<number | undefined>;
  /** Somebody who is on a server now. */
  readonly pickPresent: () => Slot | undefined;
}

/** Who connects where. */
export interface ConnectOptions {
  readonly party: Party;
  readonly room: string;
  readonly user: string;
  readonly gateway?: GroupGateway | undefined;
  readonly joins?: boolean;
}

/** What players are made of. */
export interface PlayersOptions {
  readonly group: GatewayGroup;
  readonly sfus: SfuCrowd;
  readonly history: History;
  readonly random: Random;
  readonly meanStayMs: number;
}

/** Longer than a gateway ever stands still: what it answers then counts. */
const DEADLINE_MS = 12_000;
/** Requests that may wait at a gateway that stands still. */
const MAX_WAITING = 100;
const MIN_JOIN_MS = 50;
const MAX_JOIN_MS = 1_500;
const MIN_STAY_MS = 500;
/** One in so many never joins. */
const ABSENT_OF = 10;
const TRIES = 20;
/** How far back somebody is looked for who is present. */
const RECENT = 5_000;

/** Creates players of whom none has come yet. */
export function createPlayers({ group, sfus, history, random, meanStayMs }: PlayersOptions): Players {
  function pickGateway(): GroupGateway {
    const there = group.all.filter((gateway) => gateway.state() !== "killed");
    const open = there.filter((gateway) => gateway.state() === "up" || gateway.lines.waiting() < MAX_WAITING);
    const from = open.length > 0 ? open : group.all;
    const gateway = from[Math.floor(random() * from.length)];
    if (!gateway) throw new Error("there is no gateway");
    return gateway;
  }

  async function connect(options: ConnectOptions): Promise<Attempt> {
    const { party, room, user, gateway = pickGateway(), joins = random() * ABSENT_OF >= 1 } = options;
    const attempt: Attempt = {
      ...{ gateway: gateway.index, customer: party.id, room, user },
      ...{ sentAt: performance.now(), answeredAt: 0, status: 0, code: 0, address: "" },
    };
    history.attempts.push(attempt);
    const token = await post(gateway, party.signToken(room, user), attempt);
    if (token === undefined) return attempt;
    const slot: Slot = { attempt };
    history.slots.push(slot);
    if (joins) {
      const stayMs = MIN_STAY_MS + drawExponential(random, meanStayMs);
      setTimeout(() => void sfus.join(slot, token, stayMs), MIN_JOIN_MS + random() * (MAX_JOIN_MS - MIN_JOIN_MS));
    }
    return attempt;
  }

  /** Sends the Connect, notes how it was answered, and gives the token for the server. */
  async function post(gateway: GroupGateway, clientToken: string, attempt: Attempt): Promise<string | undefined> {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "Connect", params: {} });
    try {
      const answer = await gateway.lines.post(toPost("/", `Bearer ${clientToken}`, body), DEADLINE_MS);
      attempt.status = answer.status;
      noteStatus(history, "Connect", answer.status);
      const { result, error } = JSON.parse(answer.body) as {
        result?: { address: string; token: string };
        error?: { code: number };
      };
      attempt.code = error?.code ?? 0;
      attempt.address = result?.address ?? "";
      return result?.token;
    } catch {
      return undefined; // The gateway was killed, or stood still for too long; whether it may is judged later.
    } finally {
      attempt.answeredAt = performance.now();
    }
  }

  return {
    connect,
    pickGateway,
    async call(gateway, token, method, params) {
      const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
      try {
        const answer = await gateway.lines.post(toPost("/", `Bearer ${token}`, body), DEADLINE_MS);
        noteStatus(history, method, answer.status);
        const { error } = JSON.parse(answer.body) as { error?: { code: number } };
        return error?.code ?? 0;
      } catch {
        return undefined;
      }
    },
    pickPresent() {
      const { slots } = history;
      const recent = Math.min(slots.length, RECENT);
      for (let tries = 0; tries < TRIES; tries++) {
        const slot = slots[slots.length - 1 - Math.floor(random() * recent)];
        if (slot?.joinedAt !== undefined && slot.leftAt === undefined) return slot;
      }
      return undefined;
    },
  };
}
