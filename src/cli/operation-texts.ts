import { readList } from "./operator-client.ts";
import type { Row } from "./table.ts";

/** A reason of several lines, in one. */
export function toOneLine(reason: unknown): string {
  return String(reason)
    .replaceAll(/:\s*\n\s*/g, ": ")
    .replaceAll(/\s*\n\s*/g, "; ");
}

/** Where the room is that was asked for, or where a new one would be. */
export function toPlace(answer: Row): string {
  const { room_id, host, namespace, customer } = answer;
  // One that is left out for its load is taken all the same if all are.
  const isAnyLeft = readList(answer, "candidates").some(({ leftOut = "load" }) => leftOut === "load");
  const choice = isAnyLeft ? "would go to one of these, by their weights" : "has no server to go to";
  if (room_id === undefined) return `a new room ${choice}`;
  const owner = customer === undefined ? "" : `, of customer ${customer}`;
  const where = namespace === undefined ? "" : ` in namespace ${namespace}${owner}`;
  return host === undefined ? `nobody hosts the room${where}: a new one ${choice}` : `the room is on ${host},${where}`;
}

/** What was changed in the config and is not in force. */
export function toPending({ needsRestart }: Row): string[] {
  if (!Array.isArray(needsRestart) || needsRestart.length === 0) return [];
  return [`not in force until a restart: ${needsRestart.join(", ")}`];
}
