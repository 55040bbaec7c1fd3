import { RpcError } from "../errors.ts";
import { findServers } from "./drain.ts";
import type { Fleet } from "./state.ts";

/** What a question of an operator names. */
export interface Named {
  readonly pool?: string | undefined;
  /** Address of a server: in that pool, or in any. */
  readonly server?: string | undefined;
  /** Somebody who has rooms or bans. */
  readonly customer?: string | undefined;
}

/** Throws `poolUnknown`, `serverUnknown` or `customerUnknown` if what is named is not there: a wrong name is no empty list. */
export function checkNamed(fleet: Fleet, { pool, server, customer }: Named): void {
  const { pools } = fleet.policy;
  if (pool !== undefined && !pools.includes(pool)) {
    const list = pools.map((each) => JSON.stringify(each)).join(", ");
    throw new RpcError("poolUnknown", { message: `there is no pool ${JSON.stringify(pool)}, but ${list}` });
  }
  if (server !== undefined && findServers(fleet, { endpoint: server, pool }).length === 0) {
    const where = pool === undefined ? "" : ` in pool ${JSON.stringify(pool)}`;
    throw new RpcError("serverUnknown", {
      message: `no server ${JSON.stringify(server)} has registered or reported${where}`,
    });
  }
  if (customer !== undefined && !fleet.usages.has(customer)) {
    throw new RpcError("customerUnknown", {
      message: `customer ${JSON.stringify(customer)} is not configured, and has no rooms or bans`,
    });
  }
}
