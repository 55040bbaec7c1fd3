import type { Fault, FaultKind } from "./faults.ts";
import type { GatewayGroup } from "./gateway-group.ts";
import { type History, toRoomId } from "./history.ts";
import { judgeAdmissions } from "./judge-admissions.ts";
import { judgeAvailability, judgeBans, judgeListedBans, judgeTasks, toUserId } from "./judge-calls.ts";
import { judgeRefusals } from "./judge-refusals.ts";
import { judgeBindings, judgeSplits } from "./judge-rooms.ts";
import { judgeLogs, judgeSecrets, judgeStatuses } from "./judge-traces.ts";
import type { LastAnswers } from "./last-questions.ts";
import type { Party } from "./parties.ts";
import type { SfuCrowd } from "./sfu-crowd.ts";
import { findGaps, type Span } from "./spans.ts";
import type { Verdict } from "./verdict.ts";

/** Everything that is known when all is over. */
export interface Evidence {
  readonly history: History;
  readonly group: GatewayGroup;
  readonly faults: readonly Fault[];
  /** When there was load. */
  readonly load: Span;
  readonly parties: readonly Party[];
  readonly sfus: SfuCrowd;
  readonly touched: ReadonlySet<string>;
  readonly answers: LastAnswers;
  readonly reservationMs: number;
}

/** After a fault, what has to be right without faults may need so long to be so again. */
const GRACE_MS = 3_000;
/** Faults in which Redis may lose what it had. */
const LOSING: readonly FaultKind[] = ["redis-kill", "redis-empty"];
const PEER_LIMIT = -32010;

/** Judges all promises. */
export function judgeAll(evidence: Evidence): Verdict[] {
  const { history, group, faults, load, parties, sfus, touched, answers, reservationMs } = evidence;
  const { attempts, slots, calls } = history;
  const gateways = group.all.map(({ down, alone }) => ({ down: down.all(), alone: alone.all() }));
  const logs = group.logs();
  const quiet = findGaps(faults, load, GRACE_MS);
  // After Redis has lost what it had, a slot that one gateway knows and another saw taken counts until its time is over.
  const held = faults.map((fault) =>
    LOSING.includes(fault.kind) ? { ...fault, to: fault.to + reservationMs } : fault,
  );
  const homes = new Map<string, Set<string>>();
  for (const { customer, room, address } of attempts) {
    const id = toRoomId(customer, room);
    if (address !== "") homes.set(id, (homes.get(id) ?? new Set<string>()).add(address));
  }
  return [
    ...judgeSplits(answers.rooms),
    judgeBindings(attempts, quiet),
    ...judgeAdmissions({ slots, limits: parties, quiet, reservationMs }),
    judgeRefusals({ attempts, slots, limits: parties, quiet: findGaps(held, load, GRACE_MS), reservationMs }),
    ...judgeBans({ attempts, calls, gateways, quiet }),
    judgeListedBans(calls, answers.bans, answers.at),
    judgeTasks(calls, (room) => homes.get(room) ?? new Set(), sfus.emptiedAt),
    judgeAvailability(attempts, gateways, {
      hasLimit: (customer, code) => {
        const party = parties.find(({ id }) => id === customer);
        return Number.isFinite(code === PEER_LIMIT ? party?.maxPeers : party?.maxRooms);
      },
      mayBeBanned: (attempt) => touched.has(toUserId(attempt)),
      mayBeClosed: ({ customer, room }) => touched.has(toUserId({ customer, room, user: undefined })),
    }),
    judgeStatuses(history),
    judgeLogs(logs),
    judgeSecrets(logs),
    { promise: "no gateway ends by itself", checked: group.all.length, violations: group.crashes },
    { promise: "servers take the tokens", checked: slots.length, violations: sfus.refusals },
  ];
}
