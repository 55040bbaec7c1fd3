import type { Fleet } from "./state.ts";

/** What a customer uses over all pools. */
export interface UsageView {
  readonly customer: string;
  readonly peers: number;
  readonly reserved: number;
  readonly rooms: number;
  readonly bans: number;
}

/** Usage of those customers who have any, and how many bans each of them may have. */
export function listUsage(fleet: Fleet): { usages: UsageView[]; maxBans: number } {
  const usages = [...fleet.usages.values()].map(({ customer, peers, reserved, rooms, bans }) => {
    return { customer, peers, reserved, rooms, bans };
  });
  return { usages, maxBans: fleet.policy.maxBansPerCustomer };
}
