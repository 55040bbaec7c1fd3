import type { FleetEvent } from "../fleet/events.ts";
import type { MetricsRegistry } from "./registry.ts";

/** Counts what happened in the fleet, and forgets the series of servers that are gone. */
export function countFleetEvent({ count, forget }: Pick<MetricsRegistry, "count" | "forget">, event: FleetEvent): void {
  switch (event.type) {
    case "room.placed":
      count("placements", { pool: event.pool, server: event.chosen.endpoint });
      break;
    case "server.added":
      count("placements", toLabels(event.server), 0);
      for (const name of POOL_COUNTERS) count(name, { pool: event.server.pool }, 0);
      break;
    case "server.removed":
      forget("placements", toLabels(event.server));
      break;
    case "room.opened":
      count("roomsOpened", { pool: event.room.pool });
      break;
    case "room.closed":
      count("roomsClosed", { pool: event.room.pool });
      break;
    case "rooms.moved":
      count("roomsMoved", { pool: event.pool }, event.groups);
      break;
    case "rooms.refused":
      count("roomsRefused", { pool: event.server.pool }, event.rooms);
      break;
    case "task.queued":
      count("tasksQueued", { pool: event.server.pool });
      break;
    case "tasks.sent": {
      const { pool } = event.server;
      count("tasksSent", { pool }, event.first);
      count("tasksSentAgain", { pool }, event.again);
      count("tasksDelivered", { pool }, event.delivered);
      count("tasksUnconfirmed", { pool }, event.unconfirmed);
      break;
    }
    case "fleet.stalled":
      count("stalls", {});
      break;
  }
}

/** A rise from nothing is none to Prometheus, so these stand at zero from a pool's first server on. */
const POOL_COUNTERS = [
  "roomsOpened",
  "roomsClosed",
  "roomsMoved",
  "roomsRefused",
  "tasksQueued",
  "tasksSent",
  "tasksSentAgain",
  "tasksDelivered",
  "tasksUnconfirmed",
] as const;

function toLabels({ pool, endpoint }: { pool: string; endpoint: string }) {
  return { pool, server: endpoint };
}
