import fc from "fast-check";

/** Rooms of two groups, and of some of their own. */
export const ROOMS = ["a", "b", "{m}x", "{m}y", "m"];
/** Endpoints of the servers. */
export const SERVERS = ["s1", "s2", "s3"];
const USERS = ["u1", "u2", "u3", "u4", "u5"];

/** Something that somebody does, at a gateway by number where they ask one. */
export type Action =
  | { do: "connect"; gateway: number; room: string; user: string }
  | { do: "join"; token: number }
  | { do: "leave"; server: number; room: string; user: string }
  | { do: "report"; gateway: number; server: number; fate: "good" | "replyLost" }
  | { do: "kill"; server: number }
  | { do: "cutOff"; server: number }
  | { do: "start"; server: number }
  | { do: "close"; gateway: number; room: string; banSec: number }
  | { do: "ban"; gateway: number; room: string; user: string; banSec: number }
  | { do: "update"; gateway: number; room: string }
  | { do: "restart"; gateway: number }
  | { do: "sleep"; ms: number };

/** What is to be run, and how often. */
export interface ModelWorkload {
  readonly steps: fc.Arbitrary<(readonly Action[])[]>;
  readonly numRuns: number;
  readonly seed?: number | undefined;
}

const gateway = fc.nat(3);
const room = fc.constantFrom(...ROOMS);
const user = fc.constantFrom(...USERS);
const server = fc.nat(SERVERS.length - 1);
const banSec = fc.constantFrom(0, 0, 3, 30);
const connect = fc.record({ do: fc.constant("connect" as const), gateway, room, user });
const report = fc.record({
  do: fc.constant("report" as const),
  gateway,
  server,
  fate: fc.constantFrom("good" as const, "good" as const, "replyLost" as const),
});
const close = fc.record({ do: fc.constant("close" as const), gateway, room, banSec });
const ban = fc.record({ do: fc.constant("ban" as const), gateway, room, user, banSec });
const update = fc.record({ do: fc.constant("update" as const), gateway, room });

const atOnce = fc.array(fc.oneof(connect, connect, report, update, ban), { minLength: 2, maxLength: 6 });

/** Steps, one after the other, with such pauses in between; those who do something in the same step do it at once. */
export function toSteps(sleepsMs: readonly number[]): fc.Arbitrary<Action[][]> {
  const one: fc.Arbitrary<Action> = fc.oneof(
    { weight: 6, arbitrary: connect },
    { weight: 6, arbitrary: fc.record({ do: fc.constant("join" as const), token: fc.nat(4) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("leave" as const), server, room, user }) },
    { weight: 6, arbitrary: report },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("kill" as const), server }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("cutOff" as const), server }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("start" as const), server }) },
    { weight: 1, arbitrary: close },
    { weight: 1, arbitrary: ban },
    { weight: 3, arbitrary: update },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("restart" as const), gateway }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant("sleep" as const), ms: fc.constantFrom(...sleepsMs) }) },
  );
  return fc.array(fc.oneof({ weight: 6, arbitrary: one.map((action) => [action]) }, { weight: 1, arbitrary: atOnce }), {
    maxLength: 80,
    size: "max",
  });
}

/** Steps whose pauses never add up to as long as anything lasts, to the few milliseconds that a step takes. */
export const STEPS = toSteps([130, 1_070, 3_110, 8_230, 30_310]);
