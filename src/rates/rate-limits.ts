import { RpcError } from "../errors.ts";
import { toNetwork } from "./network-of.ts";
import { createTokenBuckets, type Rate, type TokenBuckets } from "./token-buckets.ts";

/** What may be limited. */
export type LimitName = "failedAuthorizations" | "connects" | "roomCalls";

/** How often, for what is limited. */
export type Rates = Readonly<Partial<Record<LimitName, Rate | undefined>>>;

/** Who calls: each side is counted by itself, so that neither can use up what the other may. */
export type Side = "public" | "internal";

/** The limits of a gateway on how often it is called. Those that are off cost nothing. */
export interface RateLimits {
  /** Throws `tooManyRequests` if too many authorizations from the address have failed. */
  readonly checkAddress: (side: Side, caller: { readonly address: string }) => void;
  /** Counts an authorization that failed. */
  readonly noteFailure: (side: Side, caller: { readonly address: string }) => void;
  /** Counts a customer's Connect; throws `tooManyRequests` instead if there were too many. */
  readonly takeConnect: (customer: string) => void;
  /** Counts a call about a room; throws `tooManyRequests` instead if there were too many. */
  readonly takeRoomCall: (side: Side, namespace: string, room: string) => void;
  /** Goes on with these rates: what was counted under a rate that stays counts on. */
  readonly reconfigure: (rates: Rates) => void;
}

interface Tables {
  readonly public: TokenBuckets;
  readonly internal: TokenBuckets;
}

const MESSAGES: Readonly<Record<LimitName, string>> = {
  failedAuthorizations: "too many requests with bad credentials from this address",
  connects: "too many Connects of this customer",
  roomCalls: "too many calls about this room",
};

/** Creates limits that nobody has used yet. `now` gives milliseconds that only run forward; `onLimited` is told who refused. */
export function createRateLimits(
  initial: Rates,
  now: () => number,
  onLimited: (limit: LimitName) => void = () => {},
): RateLimits {
  let failures: Tables | undefined;
  let connects: Tables | undefined;
  let roomCalls: Tables | undefined;

  function reconfigure(rates: Rates): void {
    failures = keepOrCreate(failures, rates.failedAuthorizations);
    connects = keepOrCreate(connects, rates.connects);
    roomCalls = keepOrCreate(roomCalls, rates.roomCalls);
  }

  function keepOrCreate(before: Tables | undefined, rate: Rate | undefined): Tables | undefined {
    if (rate === undefined) return undefined;
    const known = before?.public.rate;
    if (known?.perSecond === rate.perSecond && known.burst === rate.burst) return before;
    return { public: createTokenBuckets(rate, now), internal: createTokenBuckets(rate, now) };
  }

  function refuse(limit: LimitName, waitMs: number): void {
    if (waitMs === 0) return;
    onLimited(limit);
    const retryAfterSec = Math.max(1, Math.ceil(waitMs / 1_000));
    throw new RpcError("tooManyRequests", { message: MESSAGES[limit], data: { retryAfterSec } });
  }

  reconfigure(initial);
  return {
    checkAddress(side, caller) {
      const table = failures?.[side];
      // As long as nobody has failed too often, nobody's address has to be looked up, which costs more than all else here.
      if (table === undefined || !table.hasEmpty()) return;
      refuse("failedAuthorizations", table.peek(toNetwork(caller.address)));
    },
    noteFailure(side, caller) {
      failures?.[side].charge(toNetwork(caller.address));
    },
    takeConnect(customer) {
      if (connects) refuse("connects", connects.public.take(customer));
    },
    takeRoomCall(side, namespace, room) {
      // With its length in front, no other pair of names gives the same text.
      if (roomCalls) refuse("roomCalls", roomCalls[side].take(`${namespace.length} ${namespace} ${room}`));
    },
    reconfigure,
  };
}
