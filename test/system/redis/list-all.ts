import type { Json } from "../../json.ts";
import type { GroupGateway } from "./gateway-group.ts";

/** What does not depend on the moment, of what a gateway lists. */
export async function listAll({ ask }: GroupGateway): Promise<Json> {
  const [{ servers }, { rooms }, { bans }, { customers }, info] = (await Promise.all(
    ["Servers", "Rooms", "Bans", "Usage", "Info"].map((method) => ask(method)),
  )) as Json[];
  const byText = (entries: Json[]) => entries.map((entry) => JSON.stringify(entry)).sort();
  return {
    servers: byText(
      servers.map(({ endpoint, state, clients, tags, draining }: Json) => ({
        endpoint,
        state,
        clients,
        tags,
        draining: draining !== undefined,
      })),
    ),
    rooms: byText(
      rooms.map(({ name, namespace, customer, server, peers }: Json) => ({ name, namespace, customer, server, peers })),
    ),
    bans: byText(bans),
    usage: byText(customers),
    info: [info.servers.length, info.rooms.length],
  };
}
