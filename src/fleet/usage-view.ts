import { type KeyPageQuery, takeKeyPage } from "./key-page.ts";
import type { Fleet } from "./state.ts";

/** What a customer uses over all pools. */
export interface UsageView {
  readonly customer: string;
  readonly peers: number;
  readonly reserved: number;
  readonly rooms: number;
  readonly bans: number;
}

/** Whose usage is looked for: the customer's, or else that of all who are configured and of all others who have any. */
export interface UsageQuery extends KeyPageQuery {
  readonly customer?: string | undefined;
  readonly configured: Pick<ReadonlyMap<string, unknown>, "has" | "keys">;
}

/** Some customers' usage, how many bans each of them may have, and where the next page begins. */
export interface UsagePage {
  readonly usages: readonly UsageView[];
  readonly maxBans: number;
  readonly next: string | undefined;
}

/** A page of what customers use, in the order of their ids, which are where a page begins and ends. */
export function searchUsage(fleet: Fleet, { customer, configured, after, limit }: UsageQuery): UsagePage {
  const ids = customer === undefined ? listCustomers(fleet, configured) : [customer];
  const { items, next } = takeKeyPage(ids, (id) => id, { after, limit });
  return { usages: items.map((id) => toUsageView(fleet, id)), maxBans: fleet.policy.maxBansPerCustomer, next };
}

function* listCustomers({ usages }: Fleet, configured: UsageQuery["configured"]): Iterable<string> {
  yield* configured.keys();
  for (const customer of usages.keys()) if (!configured.has(customer)) yield customer;
}

function toUsageView({ usages }: Fleet, customer: string): UsageView {
  const { peers = 0, reserved = 0, rooms = 0, bans = 0 } = usages.get(customer) ?? {};
  return { customer, peers, reserved, rooms, bans };
}
