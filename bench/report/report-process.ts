import { answerOrders } from "../processes/asked-process.ts";
import { measureFleet } from "../scale/virtual-fleet.ts";
import { measureKinds } from "./kinds.ts";
import type { InProcessOrder, InProcessResult } from "./order.ts";

/** A process for what is measured in process, so that nothing else is on its heap. */

answerOrders<InProcessOrder, InProcessResult>(async (order) => {
  if (order.kind === "fleet") return { kind: "fleet", ...(await measureFleet(order.fleet)) };
  const rounds = [];
  // The first round warms the code up.
  for (let round = 0; round <= order.rounds; round++) rounds.push(await measureKinds(order.fleet, round % 2 === 0));
  return { kind: "reports", rounds: rounds.slice(1) };
});
