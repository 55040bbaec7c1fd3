import type { Fleet } from "../../fleet/state.ts";
import { type Claims, type Life, toListKeys } from "./claims.ts";
import type { Link } from "./link.ts";

/** Removes from the shared state the customers who have nothing any more. */
export async function sweep(options: {
  fleet: Fleet;
  link: Link;
  claims: Claims;
  prefix: string;
  lives: ReadonlyMap<string, Life>;
}): Promise<void> {
  const { fleet, link, claims, prefix, lives } = options;
  const { customers } = toListKeys(prefix);
  const idle = [...lives.keys()].filter((customer) => !fleet.usages.has(customer));
  for (const customer of idle) {
    // Taken off the list first: whoever begins their state anew puts them there.
    await link.send("SREM", [customers, customer]);
    const [word] = await claims.runOnce("sweep", customer, []);
    if (word !== "ok") await link.send("SADD", [customers, customer]);
  }
}
