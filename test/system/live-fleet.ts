import type { SimServer } from "../../src/sim/sim-server.ts";
import type { Json } from "../json.ts";
import type { TempFolder } from "../temp-folder.ts";
import { ask, createConfigFolder, findFreePort, type GatewayProcess, startGateway } from "./gateway-process.ts";
import { call, startServers } from "./traffic.ts";

/** A player in a room of a simulated server. */
export interface Player {
  readonly server: SimServer;
  /** Messages that came for them. */
  readonly messages: () => string[];
  /** Whether the server has put them out. */
  readonly isOut: () => boolean;
}

/** A gateway in a process of its own, with simulated servers that report every second. */
export interface LiveFleet extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly folder: TempFolder;
  readonly gateway: GatewayProcess;
  readonly servers: readonly SimServer[];
  /** Has a player of the customer "acme" connect, and join the server that they are sent to. */
  readonly join: (room: string, user: string) => Promise<Player>;
  /** Asks the gateway, as an operator, until what it says is so. */
  readonly until: (method: string, params: object, isSo: (result: Json) => boolean) => Promise<void>;
}

/** Settings of such a gateway: servers are missed soon, and remembered for long. */
export const FLEET_SETTINGS = "sfuConfig: { updateInterval: 1, disableTimeout: 3 },";

const DEADLINE_MS = 20_000;
const LOOK_MS = 50;

/** Waits until something holds; throws with its name if it does not within 20 s. */
export async function until(name: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`it never came to this: ${name}`);
    await Bun.sleep(LOOK_MS);
  }
}

/** Starts the binary and so many servers, whose addresses are `sfu1.sim:4433` and so on. */
export async function startFleet(binary: TempFolder, count: number, settings = FLEET_SETTINGS): Promise<LiveFleet> {
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  await using owned = new AsyncDisposableStack();
  const folder = owned.use(createConfigFolder(port, settings));
  const gateway = owned.use(await startGateway(binary, folder));
  const servers = await startServers(url, count);
  for (const server of servers) owned.use(server);
  const all = owned.move();
  return {
    url,
    port,
    folder,
    gateway,
    servers,
    async join(room, user) {
      const { result, error } = await call(url, "Connect", room, user);
      const server = servers.find(({ endpoint }) => endpoint === result?.address);
      if (!server || !result?.token) throw new Error(error?.message ?? `no server of ours: ${result?.address}`);
      let isOut = false;
      const [peer] = await server.join(result.token, () => {
        isOut = true;
      });
      return {
        server,
        messages: () => (peer?.inbox ?? []).map((bytes) => new TextDecoder().decode(Uint8Array.from(bytes))),
        isOut: () => isOut,
      };
    },
    until: (method, params, isSo) => until(`${method} says so`, async () => isSo(await ask(url, method, params))),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
