import type { WebhookEvent } from "../config/webhooks-schema.ts";
import type { FleetEvent } from "../fleet/events.ts";

/** Something that webhooks are told of. */
export interface Happening {
  readonly type: WebhookEvent;
  /** What of the same key happens is told in its order. */
  readonly key: string;
  /** What docs/webhooks.md says of this type: names and numbers, never a secret, a token or a room's data. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** Which webhook event a fleet event is, if it is one. */
const TYPES: Readonly<Partial<Record<FleetEvent["type"], WebhookEvent>>> = {
  "server.added": "server.added",
  "server.disabled": "server.disabled",
  "server.removed": "server.removed",
  "server.draining": "server.drained",
  "server.emptied": "server.drained",
  "room.opened": "room.opened",
  "room.closed": "room.closed",
  "room.moved": "room.moved",
  "ban.added": "ban.added",
  "ban.ended": "ban.ended",
};

/** What happened in the fleet as webhooks are told of it; nothing, and nothing is made for it, if nobody wants it. */
export function toHappening(event: FleetEvent, isWanted: (type: WebhookEvent) => boolean): Happening | undefined {
  const type = TYPES[event.type];
  return type !== undefined && isWanted(type) ? describe(type, event) : undefined;
}

function describe(type: WebhookEvent, event: FleetEvent): Happening | undefined {
  switch (event.type) {
    case "server.added":
      return toServerHappening(type, event.server, {});
    case "server.disabled":
      return toServerHappening(type, event.server, { silentMs: Math.round(event.silentMs) });
    case "server.removed":
      return toServerHappening(type, event.server, { undeliveredTasks: event.undeliveredTasks });
    case "server.draining": {
      const { deadline, isEmpty } = event;
      return toServerHappening(type, event.server, {
        ...(deadline !== undefined && { deadline: toIso(deadline) }),
        empty: isEmpty,
      });
    }
    case "server.emptied":
      return toServerHappening(type, event.server, { empty: true });
    case "room.opened":
    case "room.closed":
      return { type, key: toRoomKey(event.room), data: { ...event.room, server: event.server } };
    case "room.moved":
      return { type, key: toRoomKey(event.room), data: { ...event.room, from: event.from, to: event.to } };
    case "ban.added":
    case "ban.ended": {
      const { customer, namespace, room, user } = event;
      const until = "untilMs" in event ? { until: toIso(event.untilMs) } : {};
      return {
        type,
        key: toRoomKey(event),
        data: { customer, namespace, room, ...(user !== undefined && { user }), ...until },
      };
    }
    default:
      return undefined;
  }
}

function toServerHappening(
  type: WebhookEvent,
  { pool, endpoint }: { readonly pool: string; readonly endpoint: string },
  more: Happening["data"],
): Happening {
  return { type, key: JSON.stringify(["server", pool, endpoint]), data: { pool, server: endpoint, ...more } };
}

/** The same in all pools, as bans are. */
function toRoomKey({ namespace, room }: { readonly namespace: string; readonly room: string }): string {
  return JSON.stringify(["room", namespace, room]);
}

/** The fleet's clock runs with fractions, and next to the machine's. */
function toIso(epochMs: number): string {
  return new Date(Math.round(epochMs)).toISOString();
}
