import { type Attempt, toRoomId } from "./history.ts";
import type { Span } from "./spans.ts";
import type { Verdict } from "./verdict.ts";

/** Where a room is at the end: the servers that list it, and what each gateway says; empty where one refused. */
export interface RoomAtEnd {
  readonly room: string;
  readonly listedBy: readonly string[];
  readonly answers: readonly string[];
}

/** Whether every room is on one server at the end, and every gateway leads there. */
export function judgeSplits(rooms: readonly RoomAtEnd[]): Verdict[] {
  const split = rooms.filter(({ listedBy }) => listedBy.length !== 1);
  const asked = rooms.filter(({ answers }) => answers.some((answer) => answer !== ""));
  const astray = asked.filter(({ listedBy, answers }) =>
    answers.some((answer) => answer !== "" && answer !== listedBy[0]),
  );
  return [
    {
      promise: "a room is listed by one server at the end",
      checked: rooms.length,
      violations: split.map(({ room, listedBy }) => `${room} is listed by ${listedBy.join(", ")}`),
    },
    {
      promise: "every gateway leads to that server",
      checked: asked.length,
      violations: astray.map(({ room, listedBy, answers }) => `${room} is on ${listedBy}, and they say ${answers}`),
    },
  ];
}

/** Whether everybody who asked for a room that was new in a stretch without faults was sent to one server. */
export function judgeBindings(attempts: readonly Attempt[], quiet: readonly Span[]): Verdict {
  const firstSeen = new Map<string, number>();
  const homes = new Map<string, Map<string, string>>();
  for (const attempt of attempts) {
    const id = toRoomId(attempt.customer, attempt.room);
    firstSeen.set(id, Math.min(firstSeen.get(id) ?? Number.POSITIVE_INFINITY, attempt.sentAt));
  }
  for (const { customer, room, sentAt, answeredAt, address, gateway } of attempts) {
    const id = toRoomId(customer, room);
    const stretch = quiet.find(({ from, to }) => from <= sentAt && answeredAt <= to);
    if (address === "" || !stretch || (firstSeen.get(id) ?? 0) < stretch.from) continue;
    const told = homes.get(id) ?? new Map<string, string>();
    const at = (ms: number) => `${(ms / 1_000).toFixed(2)} s`;
    homes.set(id, told.set(address, `${told.get(address) ?? ""} ${gateway} (${at(sentAt)} to ${at(answeredAt)})`));
  }
  return {
    promise: "a new room gets one server, without faults",
    checked: homes.size,
    violations: [...homes]
      .filter(([, addresses]) => addresses.size > 1)
      .map(
        ([id, addresses]) =>
          `${id}: ${[...addresses].map(([address, gateway]) => `${address} by gateways${gateway}`).join(", ")}`,
      ),
  };
}
