import { RpcError } from "../../errors.ts";
import { carryOut, type Order } from "../../fleet/admin.ts";
import { toBanKey } from "../../fleet/changes.ts";
import { toRoomKey, toRoomName } from "../../fleet/ids.ts";
import { findRoom } from "../../fleet/spaces.ts";
import { unreachable } from "./link.ts";
import { toSharedTask } from "./merge.ts";
import type { SharedFleet } from "./shared-fleet.ts";

/** Where a backend's call is about. */
interface Target {
  /** Empty where the ban that is to be removed says whose it is. */
  readonly customer: string;
  readonly namespace: string;
  readonly room: string;
}

const ATTEMPTS = 10;
/** After so many, what this gateway knows is not only late. */
const LATE_ATTEMPTS = 5;
const WAIT_MS = 10;

/**
 * Creates what carries out backends' calls: the order is drawn up by what this gateway knows, and the shared state takes it
 * whole, if the room is where it is thought to be. While it cannot be asked, this gateway does it alone and tells later.
 */
export function createOrders(shared: SharedFleet): (draw: () => Order, target: Target) => Promise<void> {
  const { fleet, alone, claims, gateway, unshared, now, ask, readAnew, checkAlone, act } = shared;

  async function claim(draw: () => Order, target: Target): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      // What was answered by another gateway before this was called is known here then.
      await claims.freshen();
      const order = act(draw).result;
      const customer = order.ban?.target.customer ?? target.customer;
      const [word] = await claims.run("call", customer, toArgs(order, target));
      if (word === "ok") {
        await alone.kept();
        if (order.failure) throw order.failure;
        return;
      }
      if (word === "banLimit") {
        const { maxBansPerCustomer: limit } = fleet.policy;
        throw new RpcError("banLimit", { message: `ban limit exceeded: a customer has at most ${limit} bans` });
      }
      if (attempt < LATE_ATTEMPTS) await Bun.sleep(WAIT_MS);
      else await readAnew(customer);
    }
    throw unreachable("the room moves faster than this gateway can follow");
  }

  function toArgs({ tasks, ban }: Order, { namespace, room }: Target): (string | number)[] {
    const { pools, maxBansPerCustomer } = fleet.policy;
    const places = pools.flatMap((pool) => [
      toRoomKey(pool, namespace, room),
      findRoom(fleet, pool, namespace, room)?.group.server.id ?? "",
    ]);
    const leftMs = ban ? Math.ceil(ban.untilMs - now()) : 0;
    const banArgs = ban
      ? [leftMs > 0 ? "set" : "end", toBanKey(toRoomName(namespace, room), ban.target.user), JSON.stringify(ban.target)]
      : ["", "", ""];
    const taskArgs = tasks.map(({ entry }) => JSON.stringify(toSharedTask(entry, now())));
    return [pools.length, ...places, ...banArgs, leftMs, maxBansPerCustomer, taskArgs.length, ...taskArgs];
  }

  async function actAlone(draw: () => Order, target: Target): Promise<void> {
    checkAlone();
    const { failure, ...order } = act(draw).result;
    const customer = order.ban?.target.customer ?? target.customer;
    unshared.add(customer);
    const tasks = order.tasks.map(({ host, entry }) => ({
      host,
      entry: { ...entry, shared: { customer, id: `${gateway}:${entry.id}` } },
    }));
    act(() => carryOut(fleet, { ...order, tasks }, now()));
    await alone.kept();
    if (failure) throw failure;
  }

  return async (draw, target) => {
    const customer = target.customer === "" ? undefined : target.customer;
    if (!(await ask(customer, () => claim(draw, target)))) await actAlone(draw, target);
  };
}
