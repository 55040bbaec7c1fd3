import { RpcError } from "../../errors.ts";
import { type Admission, type AdmitRequest, admit, proposeServer, toBanError } from "../../fleet/admit.ts";
import { type ServerId, splitKey, toGroupKey, toRoomKey, toRoomName } from "../../fleet/ids.ts";
import { pendingTimeout, reservationTimeout } from "../../fleet/servers.ts";
import type { Server } from "../../fleet/state.ts";
import { unreachable } from "./link.ts";
import type { OutageLimits } from "./outage.ts";
import type { Presence } from "./presence.ts";
import type { SharedFleet } from "./shared-fleet.ts";

/** How long the news of a server that another gateway has just come to know may take. */
const NEWS_ATTEMPTS = 20;
const NEWS_WAIT_MS = 10;

/**
 * Creates the admission of clients: this gateway proposes a server, and the shared state decides, in one step, with the
 * limits and bans that hold then. While it cannot be asked, the gateway admits by its own share of the limits.
 */
export function createAdmission(
  shared: SharedFleet,
  limits: OutageLimits,
  presence: Presence,
): (request: AdmitRequest) => Promise<Admission> {
  const { fleet, claims, unshared, now, ask, checkAlone, act } = shared;

  async function claim(request: AdmitRequest): Promise<Admission> {
    const { result } = act(() => proposeServer(fleet, request, now()));
    const answer = await claims.run("admit", request.customer, toArgs(request, result.server, result.group?.server));
    const [word, first = "", ...rest] = answer;
    if (word === "peerLimit" || word === "roomLimit") throw new RpcError(word);
    if (word === "banned")
      throw toBanError({ scope: first === "user" ? "user" : "room", untilMs: Number(rest[0]) + claims.offsetMs() });
    const server = await findServer(first);
    return { endpoint: server.endpoint, rooms: rest.map((key) => splitKey(key)?.[2] ?? ""), keys: server.keys };
  }

  function toArgs(request: AdmitRequest, proposed: Server, bound: Server | undefined): (string | number)[] {
    const { pool, namespace, user, rooms, limits } = request;
    const isVoid = bound !== undefined && bound.phase !== "enabled";
    return [
      toGroupKey(pool, namespace, rooms[0] ?? ""),
      bound?.id ?? "",
      proposed.id,
      user,
      Math.ceil(reservationTimeout(fleet, proposed)),
      Math.ceil(pendingTimeout(fleet, proposed)),
      Math.ceil(fleet.policy.tokenUsableMs),
      isVoid ? 1 : 0,
      toNumber(limits.maxPeers),
      toNumber(limits.maxRooms),
      rooms.length,
      ...rooms.flatMap((room) => [toRoomKey(pool, namespace, room), toRoomName(namespace, room)]),
    ];
  }

  async function findServer(id: string): Promise<Server> {
    for (let attempt = 0; attempt < NEWS_ATTEMPTS; attempt++) {
      const server = fleet.servers.get(id as ServerId);
      if (server) return server;
      await Bun.sleep(NEWS_WAIT_MS);
    }
    throw unreachable("a server was chosen that this gateway does not know");
  }

  function admitAlone(request: AdmitRequest): Admission {
    checkAlone();
    const share = limits.of(request.customer, request.limits, presence.count());
    unshared.add(request.customer);
    return act(() => admit(fleet, { ...request, limits: share }, now())).result;
  }

  return async (request) => {
    const asked = await ask(request.customer, () => claim(request));
    return asked ? asked.answer : admitAlone(request);
  };
}

/** A limit as scripts read it: -1 is none. */
function toNumber(limit: number): number {
  return Number.isFinite(limit) ? limit : -1;
}
