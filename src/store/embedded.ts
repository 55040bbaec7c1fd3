import { banClient, closeRoom, sendMessage, updateRoom } from "../fleet/admin.ts";
import { admit } from "../fleet/admit.ts";
import { advance } from "../fleet/advance.ts";
import type { FleetEvent } from "../fleet/events.ts";
import { takeReport } from "../fleet/report.ts";
import { registerServer, setPolicy } from "../fleet/servers.ts";
import { type Fleet, type FleetPolicy, takeEvents } from "../fleet/state.ts";
import type { FleetStore } from "../fleet/store.ts";
import { listRooms, listServers } from "../fleet/views.ts";

/** The store of a gateway that is alone: the fleet in this process, which needs no claim, as nobody else changes it. */
export interface EmbeddedStore extends FleetStore {
  /** Lets time pass: ends what is over. To be called a few times a second. */
  readonly advance: () => void;
  /** Goes on under another policy. */
  readonly setPolicy: (policy: FleetPolicy) => void;
}

/** Creates the store around a fleet. `now` gives epoch milliseconds; `onEvent` is told what happened, in order. */
export function createEmbeddedStore(options: {
  fleet: Fleet;
  now: () => number;
  onEvent: (event: FleetEvent) => void;
}): EmbeddedStore {
  const { fleet, now, onEvent } = options;

  function run<T>(transition: () => T): T {
    try {
      return transition();
    } finally {
      for (const event of takeEvents(fleet)) onEvent(event);
    }
  }

  return {
    admit: (request) => run(() => admit(fleet, request, now())),
    report: (report) => run(() => takeReport(fleet, report, now())),
    register: (registration) => run(() => registerServer(fleet, registration, now())),
    closeRoom: (call) => run(() => closeRoom(fleet, call, now())),
    banClient: (call) => run(() => banClient(fleet, call, now())),
    updateRoom: (call) => run(() => updateRoom(fleet, call, now())),
    sendMessage: (call) => run(() => sendMessage(fleet, call, now())),
    servers: () => listServers(fleet),
    rooms: (page) => listRooms(fleet, page),
    advance: () => run(() => advance(fleet, now())),
    setPolicy: (policy) => run(() => setPolicy(fleet, policy)),
  };
}
