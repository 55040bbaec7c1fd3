import type { FleetEvent, RemovalReason } from "../fleet/events.ts";
import type { Logger } from "../log.ts";

const REMOVED: Readonly<Record<RemovalReason, string>> = {
  silence: "a server was silent for too long and is forgotten",
  operator: "a server was forgotten, as an operator asked",
};

/** An event of which nobody wants a line but who looks for something. */
type Detail = Extract<FleetEvent, { type: `room.${string}` | `task${string}` | `ban.${string}` }>;

/** Writes what happened in the fleet to the log: what an operator may have to act on as a warning, the rest below. */
export function logFleetEvent(log: Logger, event: FleetEvent): void {
  switch (event.type) {
    case "server.registered":
      log.info("a server asked for its config", event.server);
      break;
    case "server.silent":
      log.warning(
        "a server asked for its config but does not report, so it will get no clients: check supervisor.url in its config",
        event.server,
      );
      break;
    case "server.added":
      log.info("a server reported for the first time", event.server);
      break;
    case "server.enabled":
      log.info("a server reports again", event.server);
      break;
    case "server.keyless":
      log.error(
        "a server holds no key that is in force, so it gets no clients: restart it, so that it fetches its keys, or put its master key back into masterKey",
        event.server,
      );
      break;
    case "server.disabled":
      log.warning("a server has fallen silent and gets no new rooms", {
        ...event.server,
        silentMs: Math.round(event.silentMs),
      });
      break;
    case "server.removed":
      log.warning(REMOVED[event.reason], {
        ...event.server,
        undeliveredTasks: event.undeliveredTasks,
      });
      break;
    case "server.draining":
      log.info("a server gets no new rooms, as an operator asked", {
        ...event.server,
        ...(event.deadline !== undefined && { deadline: new Date(event.deadline).toISOString() }),
      });
      break;
    case "server.emptied":
      log.info("a server that drains has no rooms any more", event.server);
      break;
    case "server.undrained":
      log.info("a server gets new rooms again, as an operator asked", event.server);
      break;
    case "rooms.moved":
      log.info("rooms moved to another server", {
        pool: event.pool,
        from: event.from,
        to: event.to,
        groups: event.groups,
      });
      break;
    case "rooms.refused":
      log.warning("a server lists rooms that live on another one, and is told to close them", {
        ...event.server,
        boundTo: event.boundTo,
        rooms: event.rooms,
      });
      break;
    case "bans.unsent":
      log.warning("a server's task queue has no place for all bans of a room: the gateway enforces them alone", {
        ...event.server,
        room: event.room,
        bans: event.bans,
      });
      break;
    case "fleet.stalled":
      log.warning("the gateway itself stood still: the silence of servers is counted anew", {
        gapMs: Math.round(event.gapMs),
      });
      break;
    default:
      if (log.isDebugEnabled()) log.debug(event.type, toFields(event));
  }
}

function toFields(detail: Detail): object {
  switch (detail.type) {
    case "room.placed":
      return { pool: detail.pool, ...detail.chosen };
    case "room.opened":
    case "room.closed":
      return { ...detail.room, server: detail.server };
    case "room.moved":
      return { ...detail.room, from: detail.from, to: detail.to };
    case "task.queued":
      return detail.server;
    case "tasks.sent": {
      const { type: _, server, ...counts } = detail;
      return { ...server, ...counts };
    }
    case "ban.added":
    case "ban.ended": {
      const { type: _, ...fields } = detail;
      return fields;
    }
  }
}
