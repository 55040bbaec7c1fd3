import { advance } from "./advance.ts";
import type { Ban } from "./ban.ts";
import { type Page, type PageQuery, takePage } from "./sequence.ts";
import type { Fleet } from "./state.ts";

/** Which bans are looked for: those that everything holds for that is given. */
export interface BanFilter {
  /** The customer on whom they count. */
  readonly customer?: string | undefined;
  readonly namespace?: string | undefined;
  readonly room?: string | undefined;
}

/** What is known of a ban, on the whole room if `user` is undefined; it ends at `untilMs` (epoch milliseconds). */
export interface BanView {
  readonly customer: string;
  readonly namespace: string;
  readonly room: string;
  readonly user: string | undefined;
  readonly untilMs: number;
}

/** A page of the bans in force that the filter takes, in the order in which they were set. */
export function searchBans(
  fleet: Fleet,
  { after, limit, customer, namespace, room }: BanFilter & PageQuery,
  now: number,
): Page<BanView> {
  advance(fleet, now);
  const page = takePage(
    fleet.bansBySeq,
    { after, limit },
    (ban) =>
      (customer === undefined || ban.bans.usage.customer === customer) &&
      (namespace === undefined || ban.target.namespace === namespace) &&
      (room === undefined || ban.target.room === room),
  );
  return { items: page.items.map(toBanView), next: page.next };
}

function toBanView({ bans, target, user, untilMs }: Ban): BanView {
  return { customer: bans.usage.customer, namespace: target.namespace, room: target.room, user, untilMs };
}
