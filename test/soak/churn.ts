import type { SimServer } from "../../src/sim/sim-server.ts";
import { acme, ask } from "../system/gateway-process.ts";
import { call } from "../system/traffic.ts";
import type { TempFolder } from "../temp-folder.ts";

/** What goes on beside the players, until disposed: servers that die, reloads, backends and operators. */
export interface Churn extends AsyncDisposable {
  readonly counts: { deaths: number; reloads: number; calls: number };
  readonly faults: Map<string, number>;
}

const DEATH_EVERY_MS = 12_000;
const DEAD_MS = 5_000;
const RELOAD_EVERY_MS = 15_000;
const CALL_EVERY_MS = 50;
const ASK_EVERY_MS = 2_000;
/** No server has the room (any more): rooms come and go. */
const NOT_HOSTED = -32015;

const CALLS = [
  ["RoomUpdate", { user_data: [1, 2, 3] }],
  ["RoomSendMessage", { user_id: "user-1", message: [104, 105] }],
  ["RoomBanClient", { user_id: "user-2", ban_time: 5 }],
  ["RoomUpdate", { user_data: [4] }],
  ["RoomClose", { ban_time: 0 }],
] as const;

/** Starts the churn. */
export function startChurn(url: string, servers: readonly SimServer[], folder: TempFolder): Churn {
  const counts = { deaths: 0, reloads: 0, calls: 0 };
  const faults = new Map<string, number>();
  const pending = new Set<Promise<unknown>>();
  const timers: Timer[] = [];
  let isOver = false;

  function every(ms: number, act: () => Promise<unknown>): void {
    const run = () => {
      const done: Promise<unknown> = act()
        .catch((error: Error) => faults.set(error.message, (faults.get(error.message) ?? 0) + 1))
        .finally(() => pending.delete(done));
      pending.add(done);
    };
    timers.push(setInterval(run, ms));
  }

  every(DEATH_EVERY_MS, async () => {
    const server = servers[counts.deaths++ % servers.length];
    server?.stop();
    await Bun.sleep(DEAD_MS);
    if (!isOver) await server?.start();
  });
  every(RELOAD_EVERY_MS, async () => {
    counts.reloads++;
    const entry = { ...acme.entry, maxPeers: 1_000_000 + counts.reloads, maxRooms: null };
    await Bun.write(folder.file("customers.json"), JSON.stringify([entry]));
    await ask(url, "Reload");
  });
  every(CALL_EVERY_MS, async () => {
    const number = counts.calls++;
    const [method, params] = CALLS[number % CALLS.length] ?? CALLS[0];
    const room_id = `room-${Math.floor(Math.random() * 3_000)}`;
    const { error } = await call(url, method, room_id, "backend", { room_id, ...params });
    if (error && error.code !== NOT_HOSTED) throw new Error(`${method}: ${error.message}`);
  });
  every(ASK_EVERY_MS, async () => {
    for (const method of ["Servers", "Rooms", "Usage", "Bans", "Audit", "Webhooks"]) await ask(url, method);
  });

  return {
    counts,
    faults,
    async [Symbol.asyncDispose]() {
      isOver = true;
      for (const timer of timers) clearInterval(timer);
      await Promise.all(pending);
    },
  };
}
